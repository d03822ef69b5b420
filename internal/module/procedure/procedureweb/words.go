package procedureweb

import (
	"context"
	"strconv"
	"strings"

	"lienthong/internal/kit/civil"
	"lienthong/internal/kit/fault"
	"lienthong/internal/kit/i18n"
	"lienthong/internal/kit/text"
	"lienthong/internal/module/procedure"
)

// t is the text of a key of this module.
func t(ctx context.Context, key string, args ...any) string {
	return i18n.T(ctx, "procedure."+key, args...)
}

// known is the text of prefix+value if the catalogue has it, else the value itself: imported
// records may bring values this program has no words for.
func known(ctx context.Context, prefix, value string) string {
	key := "procedure." + prefix + value
	if c := i18n.From(ctx); c != nil && c.Has(key) {
		return i18n.T(ctx, key)
	}
	return strings.ReplaceAll(value, "-", " ")
}

func lifeName(ctx context.Context, slug string) string   { return known(ctx, "life.", slug) }
func levelName(ctx context.Context, level string) string { return known(ctx, "level.", level) }
func channelName(ctx context.Context, channel int) string {
	return known(ctx, "channel.", strconv.Itoa(channel))
}
func statusName(ctx context.Context, s procedure.Status) string {
	return known(ctx, "status.", string(s))
}

// lifeIcon returns the icon of a life event.
func lifeIcon(slug string) string {
	switch slug {
	case "sinh-con":
		return "baby-carriage"
	case "dat-dai-nha-o":
		return "home"
	case "kinh-doanh":
		return "building-store"
	case "cu-tru-giay-to":
		return "id"
	case "tro-cap-nguoi-co-cong":
		return "heart-handshake"
	case "hoc-tap":
		return "school"
	case "giao-thong":
		return "car"
	case "bao-chi":
		return "file-text"
	case "ket-hon-gia-dinh":
		return "rings"
	}
	return "folder"
}

// lifeOrder is the order of the life events on the home page; others follow by name.
func lifeOrder() []string {
	return []string{"sinh-con", "ket-hon-gia-dinh", "cu-tru-giay-to", "dat-dai-nha-o", "kinh-doanh",
		"tro-cap-nguoi-co-cong", "hoc-tap", "giao-thong", "bao-chi"}
}

// feeWords says in one line what filing costs.
func feeWords(ctx context.Context, q procedure.FeeQuote) string {
	switch {
	case !q.Known:
		return t(ctx, "fee.unknown")
	case q.Choice:
		return t(ctx, "fee.varies")
	case q.Amount == 0:
		return t(ctx, "fee.free")
	case len(q.Lines) == 1:
		return t(ctx, "fee.from", "kind", known(ctx, "fee.", q.Lines[0].Kind), "amount", perUnit(ctx, q.Lines[0]))
	}
	return i18n.Money(ctx, q.Amount)
}

// perUnit writes one rate: "8.000 ₫ mỗi bản".
func perUnit(ctx context.Context, l procedure.FeeLine) string {
	switch {
	case !l.Known:
		return t(ctx, "fee.unknown")
	case l.Each == 0:
		return t(ctx, "fee.free")
	case l.Unit == "":
		return i18n.Money(ctx, l.Each)
	}
	return t(ctx, "fee.per", "amount", i18n.Money(ctx, l.Each), "unit", l.Unit)
}

// termWords says in one line how long it takes.
func termWords(ctx context.Context, e *procedure.Entry) string {
	if e.Term == nil {
		if e.TermText != "" {
			return e.TermText
		}
		return t(ctx, "term.unknown")
	}
	return sentence(e.Term.Text(i18n.Lang(ctx)))
}

// sentence begins with a capital letter.
func sentence(s string) string {
	r := []rune(s)
	if len(r) == 0 {
		return s
	}
	return strings.ToUpper(string(r[:1])) + string(r[1:])
}

// about lists what was not verified: "Phí, lệ phí; Căn cứ pháp lý".
func about(ctx context.Context, what []string) string {
	var out []string
	for _, w := range what {
		out = append(out, t(ctx, "about."+w))
	}
	return strings.Join(out, "; ")
}

// kindName names the kind of online service an entry has.
func kindName(ctx context.Context, e *procedure.Entry) string {
	if !e.Online {
		return t(ctx, "kind.none")
	}
	return known(ctx, "kind.", e.Kind)
}

// localise puts the names of fields into messages in the place of their keys.
func localise(ctx context.Context, fields []fault.Field) []fault.Field {
	out := make([]fault.Field, len(fields))
	for i, f := range fields {
		if key, ok := f.Args["field"].(string); ok && f.Key != "procedure.unknown_field" {
			args := make(map[string]any, len(f.Args))
			for k, v := range f.Args {
				args[k] = v
			}
			args["field"] = known(ctx, "f.", key)
			f.Args = args
		}
		out[i] = f
	}
	return out
}

// part is a piece of a name, marked if it is what was looked for.
type part struct {
	text string
	mark bool
}

// marked cuts a text into pieces so that the words of the query stand out. Words are compared as
// the search compares them, without marks.
func marked(s string, terms []string) []part {
	if len(terms) == 0 {
		return []part{{text: s}}
	}
	want := map[string]bool{}
	for _, w := range terms {
		want[w] = true
	}
	var out []part
	add := func(p part) {
		if n := len(out); n > 0 && out[n-1].mark == p.mark {
			out[n-1].text += p.text
			return
		}
		out = append(out, p)
	}
	for _, w := range strings.SplitAfter(s, " ") {
		hit := want[strings.TrimSpace(text.Fold(w))]
		if hit && strings.HasSuffix(w, " ") {
			add(part{strings.TrimSuffix(w, " "), true})
			add(part{" ", false})
			continue
		}
		add(part{w, hit})
	}
	return join(out)
}

// join puts the space between two marked words inside the mark.
func join(in []part) []part {
	var out []part
	for i := 0; i < len(in); i++ {
		p := in[i]
		for p.mark && i+2 < len(in) && in[i+1].text == " " && in[i+2].mark {
			p.text += " " + in[i+2].text
			i += 2
		}
		out = append(out, p)
	}
	return out
}

// dateWords writes a date of a record, "" for none.
func dateWords(ctx context.Context, d *civil.Date) string {
	if d == nil {
		return ""
	}
	return i18n.Date(ctx, *d)
}

// legalDate writes the date of a legal document, which is kept as text.
func legalDate(ctx context.Context, s string) string {
	d, err := civil.Parse(s)
	if err != nil {
		return ""
	}
	return i18n.Date(ctx, d)
}

// titleLangOf is the language of a record's title on a page of the present language.
func titleLangOf(ctx context.Context, r *procedure.Record) string {
	if i18n.Lang(ctx) == i18n.EN && r.NameEN.Value != "" {
		return i18n.EN
	}
	return i18n.VI
}

// budgetWords writes working minutes as people say them: "1 ngày 4 giờ".
func budgetWords(ctx context.Context, minutes int) string {
	const hour, day = 60, 480
	var out []string
	if d := minutes / day; d > 0 {
		out = append(out, t(ctx, "budget.days", "n", d))
	}
	if h := minutes % day / hour; h > 0 {
		out = append(out, t(ctx, "budget.hours", "n", h))
	}
	if m := minutes % hour; m > 0 {
		out = append(out, t(ctx, "budget.minutes", "n", m))
	}
	return strings.Join(out, " ")
}

// orLang is the language of a value, or the page's.
func orLang(ctx context.Context, lang string) string {
	if lang == "" {
		return i18n.Lang(ctx)
	}
	return lang
}
