package dossierweb

import (
	"context"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"lienthong/internal/kit/actor"
	"lienthong/internal/kit/civil"
	"lienthong/internal/kit/fault"
	"lienthong/internal/kit/i18n"
	"lienthong/internal/kit/web"
	"lienthong/internal/kit/web/ui"
	"lienthong/internal/module/dossier"
	"lienthong/internal/module/org"
)

// registerRows bounds a printed register; beyond it a shorter period is to be chosen.
const registerRows = 5000

// registerPage is a stretch of an office's register of dossiers.
type registerPage struct {
	From, To         civil.Date
	Rows             []dossier.RegisterLine
	First            int // number of the first row
	Tree             *org.Tree
	Query            url.Values
	Pager            ui.Pager
	Errors           []fault.Field
	Superior, Issuer string
	Cut              bool // the period holds more than is printed
}

func (h *Handlers) registerFilter(r *http.Request) (registerPage, dossier.RegisterFilter, error) {
	ctx := r.Context()
	today := civil.From(h.Now())
	p := registerPage{From: today, To: today, First: 1, Query: r.URL.Query()}
	if d, err := dayOf(p.Query, "tu"); err == nil {
		p.From = d
	}
	if d, err := dayOf(p.Query, "den"); err == nil {
		p.To = d
	}
	var err error
	p.Tree, err = h.Org.Tree(ctx)
	who := actor.From(ctx)
	f := dossier.RegisterFilter{Agency: who.Agency, From: p.From, To: p.To, Desc: p.Query.Get("xep") == "-nhan", After: drillAfter(p.Query.Get("sau"))}
	if err == nil {
		p.Superior, p.Issuer = headOf(p.Tree, who.Agency)
	}
	return p, f, err
}

// register shows a page of the register of the official's agency.
func (h *Handlers) register(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	p, f, err := h.registerFilter(r)
	if err != nil {
		return err
	}
	f.Limit = pageRows + 1
	status := http.StatusOK
	if p.Rows, err = h.Dossiers.Register(ctx, f); err != nil {
		if p.Errors, status, err = troubles(err, langWord(ctx)); err != nil {
			return err
		}
	}
	start, _ := strconv.Atoi(p.Query.Get("stt"))
	start = min(max(start, 0), 1_000_000)
	p.First = start + 1
	p.Pager = ui.Pager{From: p.First, Total: -1}
	if len(p.Rows) > pageRows {
		p.Rows = p.Rows[:pageRows]
		last := p.Rows[pageRows-1]
		p.Pager.Next = plain(ctx, "sau", placeWord(dossier.Place{Key: strconv.FormatInt(last.Received.UnixMicro(), 10), ID: last.ID}), "stt", strconv.Itoa(start+pageRows))
	}
	p.Pager.To = start + len(p.Rows)
	if len(p.Rows) == 0 {
		p.Pager = ui.Pager{}
	}
	p.Pager.Exports = []ui.Link{{Label: "XLSX", Href: p.address("/tep/so-theo-doi.xlsx")}, {Label: "CSV", Href: p.address("/tep/so-theo-doi.csv")}}
	return web.Render(w, r, status, officialRegister(p))
}

// address is one of the register's other addresses, for the same period and order.
func (p registerPage) address(below string) string {
	q := url.Values{"tu": {p.From.String()}, "den": {p.To.String()}}
	if v := p.Query.Get("xep"); v != "" {
		q.Set("xep", v)
	}
	return desk + "/so-theo-doi" + below + "?" + q.Encode()
}

// wholeRegister reads all of the period.
func (h *Handlers) wholeRegister(r *http.Request) (registerPage, error) {
	p, f, err := h.registerFilter(r)
	if err != nil {
		return p, err
	}
	f.After, f.Limit = dossier.DrillKey{}, 1000
	for {
		rows, err := h.Dossiers.Register(r.Context(), f)
		if err != nil {
			return p, err
		}
		p.Rows = append(p.Rows, rows...)
		if len(rows) < f.Limit {
			return p, nil
		}
		if len(p.Rows) >= registerRows {
			p.Cut = true
			return p, nil
		}
		last := rows[len(rows)-1]
		f.After = dossier.DrillKey{At: last.Received.UnixMicro(), ID: last.ID}
	}
}

// registerPrint shows the register of the period ready for the printer, in the columns of form 06
// of circular 01/2018/TT-VPCP, which is form 07 of circular 03/2025/TT-VPCP.
func (h *Handlers) registerPrint(w http.ResponseWriter, r *http.Request) error {
	p, err := h.wholeRegister(r)
	if err != nil {
		return err
	}
	return web.Render(w, r, http.StatusOK, printRegister(p))
}

func (h *Handlers) registerExport(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	p, err := h.wholeRegister(r)
	if err != nil {
		return err
	}
	s := sheet{Name: "so-theo-doi-" + p.From.String() + "-" + p.To.String(), Head: registerHead()}
	for i, l := range p.Rows {
		s.Rows = append(s.Rows, []any{i + 1, l.Code, l.Procedure, 1, l.Applicant.Name, addressAndPhone(l), unitName(i18n.With(ctx, i18n.From(ctx), i18n.VI), p.Tree, l.Decision),
			at(ctx, l.Received), at(ctx, l.Due), at(ctx, l.Returned), deliveryOf(l.Delivery), "", ""})
	}
	return s.send(w, r, r.PathValue("file"))
}

// registerHead are the columns of the register as the form has them; the register is Vietnamese
// whatever the language of the page.
func registerHead() []string {
	return []string{"STT", "Mã hồ sơ", "Tên thủ tục hành chính", "Số bộ", "Tên cá nhân, tổ chức", "Địa chỉ, số điện thoại", "Cơ quan chủ trì",
		"Ngày nhận", "Ngày hẹn trả", "Ngày trả", "Phương thức nhận kết quả", "Ký nhận", "Ghi chú"}
}

func addressAndPhone(l dossier.RegisterLine) string {
	var out []string
	for _, s := range []string{l.Applicant.Address, l.Applicant.Phone} {
		if s != "" {
			out = append(out, s)
		}
	}
	return strings.Join(out, ", ")
}

func deliveryOf(d string) string {
	switch d {
	case deliverPost:
		return "Bưu chính công ích"
	case deliverOnline:
		return "Trực tuyến"
	}
	return "Trực tiếp"
}

// shortPaper writes an instant for a narrow column of a paper: 14:05 23/11/2026.
func shortPaper(x time.Time) string {
	if x.IsZero() {
		return ""
	}
	return x.In(civil.Zone()).Format("15:04 02/01/2006")
}

// registerSort is the head of the one column the register is ordered by: that of receipt.
func registerSort(ctx context.Context, q url.Values) ui.Sort {
	return sortHead(ctx, q, "nhan", "nhan", "dossierweb.received_at", false)
}
