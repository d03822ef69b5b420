package dossierweb

import (
	"context"
	"strconv"

	"lienthong/internal/kit/web/ui"
)

// ratingFields ask how content the applicant is; 1 is the best.
func ratingFields(ctx context.Context, score, remark string) (ui.FieldView, ui.FieldView) {
	q := ui.FieldView{Name: "score", Label: tr(ctx, "rate.question"), Widget: "radio", Value: score}
	for i := 1; i <= 4; i++ {
		n := strconv.Itoa(i)
		q.Options = append(q.Options, ui.Option{Value: n, Label: tr(ctx, "rate."+n)})
	}
	return q, ui.FieldView{Name: "remark", Label: tr(ctx, "rate.remark"), Widget: "textarea", Rows: 3, MaxLength: 1000, Optional: true, Value: remark}
}
