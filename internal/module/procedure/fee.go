package procedure

import (
	"strings"

	"lienthong/internal/engine/worktime"
	"lienthong/internal/kit/text"
)

// What citizens are warned about when it was not compared with the text of the law.
const (
	AboutFee   = "fee"
	AboutTerm  = "term"
	AboutLegal = "legal"
)

// Unverified returns which of fee, term and legal basis were not compared with the original text,
// as AboutFee, AboutTerm and AboutLegal in this order. Pages show a notice for each.
func (r Record) Unverified() []string {
	var out []string
	fee, term := r.feesVerified(), r.termsVerified()
	if !fee {
		out = append(out, AboutFee)
	}
	if !term {
		out = append(out, AboutTerm)
	}
	if r.Legal.Status != Verified {
		out = append(out, AboutLegal)
	}
	return out
}

func (r *Record) feesVerified() bool {
	for _, m := range r.Methods.Value {
		for _, f := range m.Fees {
			if own(f.Status, r.Methods.Status) != Verified {
				return false
			}
		}
		if len(m.Fees) == 0 && r.Methods.Status != Verified {
			return false // that nothing is asked is a statement of the list as a whole
		}
	}
	return len(r.Methods.Value) > 0
}

func (r *Record) termsVerified() bool {
	for _, m := range r.Methods.Value {
		if own(m.TermStatus, r.Methods.Status) != Verified {
			return false
		}
	}
	return len(r.Methods.Value) > 0
}

// own returns an entry's status, or that of the list it stands in.
func own(mine, list Status) Status {
	if mine != "" {
		return mine
	}
	return list
}

// FeeQuote is what filing costs.
type FeeQuote struct {
	Amount   int64     // whole đồng: the sum of the counted lines
	Lines    []FeeLine // every rate of the channel
	Text     string    // the wording of the rules with all exemptions, unchanged
	Known    bool      // false: the record names no rate, or one whose amount is not known
	Choice   bool      // several rates of one kind exist; an official decides which applies
	Verified bool      // the rates were compared with the text of the law
}

// FeeLine is one rate in a quote.
type FeeLine struct {
	Kind    string // phi or le_phi
	Unit    string
	Each    int64 // whole đồng for one unit
	Count   int   // how many units
	Amount  int64 // Each × Count
	Known   bool  // false: the rate is not known and Each is 0
	Counted bool  // part of the quote's Amount; alternatives are not
	Text    string
}

// maxCopies bounds the number of copies a quote is made for; no applicant asks for more at once
// and the product stays far from overflow.
const maxCopies = 10000

// Fee returns what filing by the channel costs for the number of copies (or pages, if the rate is
// for pages; a rate for the whole dossier is taken once). Rates of different kinds add up. Of several rates of one kind the
// first counts and the others are alternatives that depend on who asks (students, people with
// merit), which only a person can decide. A channel the record does not name costs what the
// counter costs.
func (r Record) Fee(channel int, copies int) FeeQuote {
	m, ok := r.Method(channel)
	if !ok {
		m, ok = r.Method(ChannelCounter)
	}
	q := FeeQuote{Verified: r.feesVerified(), Known: ok && r.Methods.Status != Unknown}
	copies = min(max(copies, 1), maxCopies)
	var words []string
	seen := map[string]bool{}
	for _, f := range m.Fees {
		l := FeeLine{Kind: f.Kind, Unit: f.Unit, Text: f.Text, Count: 1, Counted: !seen[f.Kind]}
		if perUnit(f.Unit) {
			l.Count = copies
		}
		if f.Amount != nil {
			l.Known, l.Each = own(f.Status, r.Methods.Status) != Unknown, *f.Amount
			l.Amount = l.Each * int64(l.Count)
		}
		if seen[f.Kind] {
			q.Choice = true
		}
		seen[f.Kind] = true
		if l.Counted {
			q.Amount += l.Amount
			q.Known = q.Known && l.Known
		}
		if f.Text != "" && (len(words) == 0 || words[len(words)-1] != f.Text) {
			words = append(words, f.Text)
		}
		q.Lines = append(q.Lines, l)
	}
	q.Text = strings.Join(words, "\n")
	return q
}

// Free tells whether it is known that nothing has to be paid.
func (q FeeQuote) Free() bool { return q.Known && q.Amount == 0 && !q.Choice }

// perUnit tells whether a rate is multiplied: "bản", "trang", "bản sao", … rather than the whole
// dossier ("hồ sơ", "lần", "giấy phép").
func perUnit(unit string) bool {
	for _, w := range strings.Fields(text.Fold(unit)) {
		switch w {
		case "ban", "trang", "copy", "page":
			return true
		}
	}
	return false
}

// Term returns the legal time limit for the channel; a channel the record does not name has the
// limit of the counter. ok is false if the limit is not known.
func (r Record) Term(channel int) (term worktime.Term, ok bool) {
	m, found := r.Method(channel)
	if !found || m.Term == nil {
		m, found = r.Method(ChannelCounter)
	}
	if !found || m.Term == nil {
		for _, any := range r.Methods.Value {
			if any.Term != nil {
				return *any.Term, true
			}
		}
		return worktime.Term{}, false
	}
	return *m.Term, true
}

// TermText returns the limit in the record's words for the channel, or "".
func (r Record) TermText(channel int) string {
	m, ok := r.Method(channel)
	if !ok || m.TermText == "" {
		m, _ = r.Method(ChannelCounter)
	}
	return m.TermText
}

// workMinutes returns the working minutes a term leaves for the steps of a process. Calendar
// days, weeks and months are counted as the working days that surely lie in them, so a plan that
// fits can never break the legal term.
func workMinutes(t worktime.Term) int {
	const day = 480
	n := max(t.N, 0)
	switch t.Unit {
	case "working_hour":
		return n * 60
	case "same_day":
		return day
	case "day":
		return max(n*5/7, 1) * day
	case "week":
		return n * 5 * day
	case "month":
		return n * 20 * day
	}
	return n * day
}

// shortestTerm returns the shortest limit among the channels in working minutes, 0 if none is known.
func (r Record) shortestTerm() int {
	least := 0
	for _, m := range r.Methods.Value {
		if m.Term == nil {
			continue
		}
		if w := workMinutes(*m.Term); least == 0 || w < least {
			least = w
		}
	}
	return least
}
