package orgweb

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"lienthong/internal/engine/worktime"
	"lienthong/internal/kit/civil"
	"lienthong/internal/kit/fault"
	"lienthong/internal/kit/i18n"
	"lienthong/internal/kit/text"
	"lienthong/internal/kit/web"
	"lienthong/internal/kit/web/ui"
)

// maxNotice is how many days one notice may name.
const maxNotice = 100

// A yearly notice is typed line by line: a day or a stretch of days, and what they are. Words are read
// without marks, in either language:
//
//	31/08/2026 đổi 22/08/2026     a day off, for which the other day is worked
//	16/02/2026-20/02/2026 nghỉ    a holiday
//	13/02/2026 nửa ngày           open in the morning
func (h *Handlers) editNotice(w http.ResponseWriter, r *http.Request) error {
	return h.showNotice(w, r, http.StatusOK, nil, nil)
}

func (h *Handlers) showNotice(w http.ResponseWriter, r *http.Request, status int, form url.Values, errs []fault.Field) error {
	v, err := h.loadCalendar(r)
	if err != nil {
		return err
	}
	ctx := r.Context()
	f := h.calendarForm(r, v, form, "org.cal_notice", pathCalendar+"/"+v.Unit.ID.String()+"/thong-bao", errs)
	f.Intro = ui.T(ctx, "org.cal_notice_intro", "name", v.Unit.In(i18n.Lang(ctx)))
	f.Fields = []ui.FieldView{
		{Name: "source", Label: ui.T(ctx, "org.cal_source"), Help: ui.T(ctx, "org.cal_source_help"), Value: typed(form, "source", ""), Lang: i18n.VI, MaxLength: 500},
		{Name: "name", Label: ui.T(ctx, "org.cal_name"), Value: typed(form, "name", ""), Lang: i18n.VI, MaxLength: 200},
		{Name: "name_en", Label: ui.T(ctx, "org.name_en"), Value: typed(form, "name_en", ""), Optional: true, MaxLength: 200},
		{Name: "lines", Widget: "textarea", Rows: 8, Label: ui.T(ctx, "org.cal_notice_lines"), Help: ui.T(ctx, "org.cal_notice_help"), Value: typed(form, "lines", ""), Lang: i18n.VI}}
	return h.show(w, r, status, f)
}

// setNotice shows what the notice changes, and saves it once that was confirmed. A day that the calendar
// has already is replaced: a later notice corrects an earlier one.
func (h *Handlers) setNotice(w http.ResponseWriter, r *http.Request) error {
	v, err := h.loadCalendar(r)
	if err != nil {
		return err
	}
	form, err := web.Form(r)
	if err != nil {
		return err
	}
	again := func(status int, errs []fault.Field) error {
		out := slices.Clone(errs)
		for i := range out {
			if strings.HasPrefix(out[i].Path, "/days") {
				out[i].Path = "lines"
			}
		}
		return h.showNotice(w, r, status, form, out)
	}
	days, bad := readNotice(form)
	if len(bad) > 0 {
		return again(http.StatusUnprocessableEntity, bad)
	}
	p := proposal{title: ui.T(r.Context(), "org.cal_notice_preview", "n", len(days)), path: pathCalendar + "/" + v.Unit.ID.String() + "/thong-bao", year: days[0].Date.Year()}
	p.start(v, form)
	p.cal.Config.Days = slices.DeleteFunc(p.cal.Config.Days, func(o worktime.Day) bool {
		return slices.ContainsFunc(days, func(d worktime.Day) bool { return d.Date == o.Date })
	})
	p.cal.Config.Days = append(p.cal.Config.Days, days...)
	slices.SortStableFunc(p.cal.Config.Days, func(a, b worktime.Day) int { return int(a.Date) - int(b.Date) })
	return h.propose(w, r, p, again)
}

// readNotice reads the form of a notice.
func readNotice(form url.Values) (days []worktime.Day, bad []fault.Field) {
	name, en, source := text.Line(form.Get("name")), text.Line(form.Get("name_en")), text.Line(form.Get("source"))
	if source == "" {
		bad = append(bad, fault.Field{Path: "source", Key: "org.cal_source_missing"})
	}
	if name == "" {
		bad = append(bad, fault.Field{Path: "name", Key: "org.cal_name_missing"})
	}
	for i, line := range strings.Split(text.Clean(form.Get("lines")), "\n") {
		if line = text.Line(line); line == "" {
			continue
		}
		list, ok := readNoticeLine(line)
		if !ok || len(days)+len(list) > maxNotice {
			return nil, append(bad, fault.Field{Path: "lines", Key: "org.cal_notice_line", Args: fault.Args("n", i+1, "line", line)})
		}
		for _, d := range list {
			d.Name, d.NameEN, d.Source = name, en, source
			days = append(days, d)
		}
	}
	if len(days) == 0 {
		bad = append(bad, fault.Field{Path: "lines", Key: "org.cal_notice_empty"})
	}
	return days, bad
}

// noticeWords are what a day can be called in a notice, folded.
func noticeWords() map[string]worktime.Kind {
	return map[string]worktime.Kind{
		"nghi": worktime.Holiday, "nghi le": worktime.Holiday, "holiday": worktime.Holiday, "nghi bu": worktime.CompensatoryOff, "in lieu": worktime.CompensatoryOff,
		"nua ngay": worktime.HalfDay, "half day": worktime.HalfDay, "dong cua": worktime.Closed, "closed": worktime.Closed,
		"lam viec": worktime.Open, "open": worktime.Open, "lam bu": worktime.MakeupWorkday, "make-up": worktime.MakeupWorkday,
	}
}

// readNoticeLine reads one line.
func readNoticeLine(line string) ([]worktime.Day, bool) {
	when, what, ok := strings.Cut(line, " ")
	if !ok {
		return nil, false
	}
	a, b, stretch := strings.Cut(when, "-")
	first, ok := dayVN(a)
	last := first
	if stretch && ok {
		last, ok = dayVN(b)
	}
	if !ok || last < first || last-first >= maxNotice {
		return nil, false
	}
	what = text.Fold(what)
	for _, word := range []string{"doi ", "hoan doi ", "swap "} {
		if other, found := strings.CutPrefix(what, word); found {
			d, ok := dayVN(strings.TrimSpace(other))
			if !ok || stretch || d == first {
				return nil, false
			}
			return []worktime.Day{{Date: first, Kind: worktime.CompensatoryOff, Swap: &d}}, true
		}
	}
	kind, ok := noticeWords()[strings.TrimSpace(what)]
	if !ok {
		return nil, false
	}
	var out []worktime.Day
	for d := first; d <= last; d++ {
		out = append(out, worktime.Day{Date: d, Kind: kind})
	}
	return out, true
}

// dayVN reads a day as people write it, 31/08/2026; the text may be folded, which turns the strokes into
// spaces.
func dayVN(s string) (civil.Date, bool) {
	p := strings.FieldsFunc(s, func(c rune) bool { return c == '/' || c == ' ' || c == '.' })
	if len(p) != 3 {
		return 0, false
	}
	n := [3]int{}
	for i, x := range p {
		v, err := strconv.Atoi(x)
		if err != nil {
			return 0, false
		}
		n[i] = v
	}
	pad := func(v, width int) string {
		s := strconv.Itoa(v)
		return strings.Repeat("0", max(width-len(s), 0)) + s
	}
	d, err := civil.Parse(pad(n[2], 4) + "-" + pad(n[1], 2) + "-" + pad(n[0], 2))
	return d, err == nil
}
