package dossierweb

import (
	"fmt"
	"net/http"
	"strings"
	"time"

	"lienthong/internal/engine/worktime"
	"lienthong/internal/kit/civil"
	"lienthong/internal/kit/fault"
	"lienthong/internal/kit/i18n"
	"lienthong/internal/kit/id"
	"lienthong/internal/kit/web"
	"lienthong/internal/module/dossier"
	"lienthong/internal/module/org"
)

// printed is one of the papers of the one-stop mechanism, with the fields of the forms of circular
// 01/2018/TT-VPCP or, for dossiers received under decree 118/2025/NĐ-CP, of circular
// 03/2025/TT-VPCP. Papers are Vietnamese whatever the language of the page.
type printed struct {
	*dossierView
	Superior, Issuer string // who issues the paper
	Office           string // the part of the agency that receives
	Place            string
	Day              civil.Date
	New              bool // the forms of circular 03/2025/TT-VPCP
	Secret           string
	QR               string
	Receiver         string
	Kept             bool // the copy that stays with the office
	Asked            *dossier.Supplement
	Refused          *dossier.Entry
	OldDue, NewDue   string
	Reason           string
	Rows             []controlRow
	LedgerCode       string // of the row that the receipt stands on; empty where there is none
	LedgerAt         string // where it is checked
}

// controlRow is one line of the control sheet: a dossier passed from one hand to the next.
type controlRow struct {
	Office   string
	Given    time.Time
	Giver    string
	Taken    time.Time
	Taker    string
	Outcome  string // before, on or after its time; empty while open or without a time
	Note     string
	StepName string
}

// headOf returns the names at the head of an agency's papers: the superior agency and its own.
func headOf(tree *org.Tree, agency id.ID) (superior, own string) {
	a := tree.Agency(agency)
	if a == nil {
		return "", ""
	}
	own = a.Name
	if up, ok := tree.Parent(a.ID); ok {
		if s := tree.Agency(up.ID); s != nil {
			superior = s.Name
		}
	}
	return superior, own
}

// placeOf returns the place an agency's papers are dated from: the proper name of the commune,
// district or province whose people's committee it is or belongs to (decree 30/2020/NĐ-CP).
func placeOf(tree *org.Tree, u *org.Unit) string {
	for _, x := range append([]*org.Unit{u}, tree.Ancestors(u.ID)...) {
		rest, ok := strings.CutPrefix(x.Name, "Ủy ban nhân dân ")
		if !ok {
			continue
		}
		for _, kind := range []string{"thị trấn ", "thị xã ", "thành phố ", "phường ", "quận ", "huyện ", "tỉnh ", "xã ", "đặc khu "} {
			if name, ok := strings.CutPrefix(rest, kind); ok {
				return name
			}
		}
		return rest
	}
	return ""
}

// print shows a paper of the dossier, ready for the printer.
func (h *Handlers) print(w http.ResponseWriter, r *http.Request) error {
	v, err := h.dossierView(r)
	if err != nil {
		return err
	}
	p := printed{dossierView: v, Kept: r.URL.Query().Get("lien") == "luu", New: strings.Contains(v.Regime, "118"),
		Secret: h.Dossiers.Secret(v.ID, v.SecretGen), Day: civil.From(h.Now())}
	issuer := v.Reception
	name := r.PathValue("form")
	missing := fault.New(fault.NotFound, "dossierweb.nothing_to_print")
	switch name {
	case "giay-tiep-nhan":
		if v.Received.IsZero() {
			return missing
		}
		p.Day = civil.From(v.Received)
		p.Receiver = actorOf(v.History, "received")
		if p.QR, err = qrSVG(lookupURL(h.Address, v.Code, p.Secret), "Mã QR tra cứu hồ sơ "+v.Code); err != nil {
			return err
		}
	case "bo-sung":
		if p.Asked = v.lastSupplement(); p.Asked == nil {
			return missing
		}
		issuer, p.Day = p.Asked.Agency, civil.From(p.Asked.Asked)
	case "tu-choi":
		if p.Refused = v.refusal(); p.Refused == nil {
			return missing
		}
		p.Day = civil.From(p.Refused.At)
		if !p.Refused.Agency.Zero() {
			issuer = p.Refused.Agency
		}
	case "dung":
		if p.Refused = v.stop(); p.Refused == nil {
			return missing
		}
		p.Day = civil.From(p.Refused.At)
		if issuer = v.Decision; !p.Refused.Agency.Zero() {
			issuer = p.Refused.Agency
		}
	case "xin-loi":
		if !v.extended() {
			return missing
		}
		issuer = v.Decision
		p.apology()
	case "kiem-soat":
		if v.Received.IsZero() {
			return missing
		}
		p.control()
	default:
		return missing
	}
	if h.Lines != nil && name != "kiem-soat" { // the control sheet goes round inside the offices
		p.LedgerAt = h.Address + pathCheckCode
		if p.LedgerCode, err = h.Lines.ReceiptCode(r.Context(), v.ID); err != nil {
			return err
		}
	}
	p.Superior, p.Issuer = headOf(v.Tree, issuer)
	p.Office = "Bộ phận Tiếp nhận và Trả kết quả"
	if u, ok := v.Tree.Unit(issuer); ok {
		if u.Kind == "center" {
			p.Office = "" // a service centre is the office itself
		}
		p.Place = placeOf(v.Tree, u)
	}
	return web.Render(w, r, http.StatusOK, printDossier(p, name))
}

// actorOf names who did an act first.
func actorOf(h []dossier.Entry, act string) string {
	for _, e := range h {
		if e.Act == act {
			return e.ActorName
		}
	}
	return ""
}

// apology reads the dates of the one extension from the history.
func (p *printed) apology() {
	for _, e := range p.History {
		if e.Act != "extended" {
			continue
		}
		p.Day, p.Reason = civil.From(e.At), e.Note
		if s, _ := e.Data["old"].(string); s != "" {
			p.OldDue = paperTimeOf(s)
		}
		if s, _ := e.Data["new"].(string); s != "" {
			p.NewDue = paperTimeOf(s)
		}
	}
}

func paperTimeOf(s string) string {
	x, err := time.Parse(time.RFC3339, s)
	if err != nil {
		return ""
	}
	return paperTime(x)
}

// control lists who had the dossier, from when to when.
func (p *printed) control() {
	names := map[id.ID]string{}
	for _, e := range p.History {
		names[e.Actor] = e.ActorName
	}
	for _, k := range p.Tasks {
		if k.Agency.Zero() || k.State == "taken_back" {
			continue
		}
		u, _ := p.Tree.Unit(k.Unit)
		row := controlRow{Given: k.Created, Giver: names[k.CreatedBy], Taken: k.Accepted, Taker: orElse(k.AssigneeBy, names[k.DoneBy]), Note: k.Note, StepName: k.Name}
		if u != nil {
			row.Office = u.Name
		}
		if !k.Done.IsZero() && !k.Due.IsZero() {
			switch day := civil.From(k.Due); {
			case k.Done.After(k.Due):
				row.Outcome = "Quá hạn"
			case civil.From(k.Done) < day:
				row.Outcome = "Trước hạn"
			default:
				row.Outcome = "Đúng hạn"
			}
		}
		p.Rows = append(p.Rows, row)
	}
}

// paperTime writes an instant as papers do: 08 giờ 30 phút, ngày 01 tháng 3 năm 2021.
func paperTime(x time.Time) string {
	if x.IsZero() {
		return ""
	}
	l := x.In(civil.Zone())
	return fmt.Sprintf("%02d giờ %02d phút, %s", l.Hour(), l.Minute(), paperDay(civil.From(x)))
}

// paperDay writes a day as papers do; days below 10 and the months 1 and 2 have a zero before them
// (decree 30/2020/NĐ-CP, appendix I).
func paperDay(d civil.Date) string {
	y, m, day := d.YMD()
	month := fmt.Sprint(int(m))
	if m < 3 {
		month = "0" + month
	}
	return fmt.Sprintf("ngày %02d tháng %s năm %d", day, month, y)
}

// termText is the legal term in words, or nothing if the record names none.
func (p printed) termText() string {
	if p.Term.N == 0 {
		return ""
	}
	return worktime.Term(p.Term).Text("vi")
}

// deliveryVI says on paper where the result is handed over.
func (p printed) deliveryVI() string {
	switch p.Delivery {
	case deliverPost:
		return "Qua dịch vụ bưu chính công ích"
	case deliverOnline:
		return "Trực tuyến, bản điện tử"
	}
	return orElse(p.Office, p.Issuer)
}

func paperSize(form string) string {
	if form == "kiem-soat" {
		return "A4"
	}
	return "A5"
}

// placeAndDay is the line above a paper's title; a place that is not known is written by hand.
func placeAndDay(p printed) string {
	return orElse(p.Place, "....................") + ", " + paperDay(p.Day)
}

func paperDayOf(x time.Time) string { return strings.TrimPrefix(paperDay(civil.From(x)), "ngày ") }

// feeVI says what was paid or is to be paid.
func feeVI(p printed) string {
	if p.Fee == 0 {
		return orElse(p.FeeText, "Không")
	}
	s := i18n.MoneyIn(i18n.VI, p.Fee)
	if p.FeePaid >= p.Fee {
		return s + " (đã nộp)"
	}
	return s + " (chưa nộp đủ)"
}

// handedIn lists what the applicant gave: papers with files or left at the counter, and what was
// shown there.
func (p printed) handedIn() []string {
	var out []string
	for _, x := range p.Papers {
		var how []string
		switch {
		case x.Shown:
			how = append(how, "bản giấy")
		case x.EForm && p.Proc.Form != nil:
			how = append(how, "biểu mẫu điện tử")
		case x.Presented && x.Required && p.Channel != dossier.Online:
			how = append(how, "xuất trình")
		}
		if n := len(x.Files); n > 0 {
			how = append(how, fmt.Sprintf("%d tệp", n))
		}
		if len(how) > 0 {
			out = append(out, x.Name+" ("+strings.Join(how, ", ")+")")
		}
	}
	return out
}
