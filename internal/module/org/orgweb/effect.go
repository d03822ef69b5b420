package orgweb

import (
	"context"

	"lienthong/internal/kit/i18n"
	"lienthong/internal/kit/id"
)

// agency names an agency of an effect.
func (v previewView) agency(ctx context.Context, unit id.ID) string {
	if u, ok := v.Tree.Unit(unit); ok {
		return u.In(i18n.Lang(ctx))
	}
	return unit.String()
}
