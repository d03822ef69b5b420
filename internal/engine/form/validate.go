package form

import (
	"errors"
	"math/big"
	"sort"
	"strconv"
	"strings"

	"github.com/santhosh-tekuri/jsonschema/v6"
	why "github.com/santhosh-tekuri/jsonschema/v6/kind"

	"lienthong/internal/kit/civil"
	"lienthong/internal/kit/fault"
)

// Validate returns what is wrong with the visible answers, in the order of the pages, at most one
// finding for each field. Args always has "label", a Text; Message and Localise make words of it.
// today decides what lies in the future.
func (f *Form) Validate(data map[string]any, today civil.Date) []fault.Field {
	return f.findings(f.answers(data, toCheck), today, nil)
}

// Check is Validate and Canonical in one: what is wrong, or the bytes to be stored if nothing is.
// It goes through the answers once, where the two after each other would do so twice.
func (f *Form) Check(data map[string]any, today civil.Date) (canonical []byte, wrong []fault.Field) {
	a := f.answers(data, toCheck)
	if wrong = f.findings(a, today, nil); len(wrong) > 0 {
		return nil, wrong
	}
	b, err := encode(a.kept)
	if err != nil { // numbers are finite and the rest has a JSON form, so this would be a defect of normalise
		return nil, []fault.Field{{Key: "form.invalid", Args: fault.Args("label", whole())}}
	}
	return b, nil
}

// ValidatePage is Validate for the fields of one page. It returns nothing for a page that is
// hidden or does not exist.
func (f *Form) ValidatePage(pageID string, data map[string]any, today civil.Date) []fault.Field {
	p := f.page(pageID)
	if p == nil {
		return nil
	}
	return f.findings(f.answers(data, toCheck), today, p)
}

// finding is one thing that is wrong. The lowest rank of a field is told: that something is
// missing or unreadable comes before its length, that before its pattern.
type finding struct {
	e    *entry
	path string
	key  string
	args map[string]any
	rank int
}

func (f *Form) findings(a *answers, today civil.Date, only *page) []fault.Field {
	c := checker{a: a, today: today}
	for _, e := range a.entries {
		c.entry(e)
	}
	var verr *jsonschema.ValidationError
	if errors.As(f.schema.Validate(a.root), &verr) {
		c.schema(verr)
	}
	sort.SliceStable(c.found, func(i, j int) bool {
		x, y := c.found[i], c.found[j]
		if ox, oy := x.order(), y.order(); ox != oy {
			return ox < oy
		}
		if x.rank != y.rank {
			return x.rank < y.rank
		}
		if x.path != y.path {
			return x.path < y.path
		}
		return x.key < y.key
	})
	var out []fault.Field
	var last *entry
	for i, x := range c.found {
		if i > 0 && x.e != nil && x.e == last || only != nil && (x.e == nil || x.e.page != only) {
			continue
		}
		last = x.e
		out = append(out, fault.Field{Path: x.path, Key: x.key, Args: x.args})
	}
	return out
}

func (x finding) order() int {
	if x.e == nil {
		return 1 << 30
	}
	return x.e.order
}

// fault makes a finding of the entry.
func (e *entry) fault(key string, args ...any) fault.Field {
	return fault.Field{Path: e.path, Key: key, Args: fault.Args(append([]any{"label", e.f.label}, args...)...)}
}

type checker struct {
	a     *answers
	today civil.Date
	found []finding
}

func (c *checker) add(e *entry, rank int, key string, args ...any) {
	x := e.fault(key, args...)
	c.found = append(c.found, finding{e, x.Path, x.Key, x.Args, rank})
}

// entry checks what the schema cannot: text that could not be read, and rules about the day.
func (c *checker) entry(e *entry) {
	f := e.f
	switch {
	case e.raw != "":
		c.add(e, 0, rawKeyOf(f, e.raw), "max", maxString)
		return
	case e.bad == "form.max_items":
		c.add(e, 0, e.bad, "max", f.maxItems)
		return
	case e.bad == "form.too_long":
		c.add(e, 0, e.bad, "max", maxString)
		return
	case e.bad != "":
		c.add(e, 0, e.bad)
		return
	}
	if f.options != nil && !c.offered(e) {
		c.add(e, 2, "form.option")
		return
	}
	switch v := e.value.(type) {
	case string:
		c.date(e, v)
	case float64:
		if f.format == "past-year" && v > float64(c.today.Year()) {
			c.add(e, 5, "form.year_future", "max", strconv.Itoa(c.today.Year()))
		}
	}
}

// offered tells whether the answer is among the options.
func (c *checker) offered(e *entry) bool {
	if e.value == nil {
		return true
	}
	list, ok := e.value.([]any)
	if !ok {
		list = []any{e.value}
	}
	for _, v := range list {
		found := false
		for _, o := range e.f.options {
			found = found || o.value == v
		}
		if !found {
			return false
		}
	}
	return true
}

func (c *checker) date(e *entry, s string) {
	f := e.f
	if f.widget != WidgetDate {
		return
	}
	first, ok := earliest(s)
	if !ok {
		return // the format says so
	}
	if (f.format == "past-date" || f.format == "partial-date") && first > c.today {
		c.add(e, 5, "form.date_future", "today", c.today.VN())
		return
	}
	it := c.itemOf(e)
	need := 0
	for _, a := range f.ages {
		if a.min > need && a.when.holds(c.a.root, it) {
			need = a.min
		}
	}
	if need > 0 && first > c.today.AddMonths(-12*need) {
		c.add(e, 5, "form.min_age", "min", need)
	}
	if f.notBefore == nil {
		return
	}
	from := c.a.root
	if f.notBefore.item {
		from = it
	}
	other, _ := lookup(from, f.notBefore.segs).(string)
	// A partial date may lie anywhere in its month or year; only a contradiction is reported.
	if o, ok := earliest(other); ok && first < o && !strings.HasPrefix(other, s) {
		c.add(e, 5, "form.date_order", "other", f.notBefore.label, "date", dateVN(other))
	}
}

// itemOf returns the visible part of the item the entry stands in, or of the whole form.
func (c *checker) itemOf(e *entry) map[string]any {
	m, _ := Value(c.a.root, strings.TrimSuffix(e.path, e.f.path)).(map[string]any)
	return m
}

// schema turns the findings of the validator into those of fields.
func (c *checker) schema(v *jsonschema.ValidationError) {
	loc := join(v.InstanceLocation...)
	switch k := v.ErrorKind.(type) {
	case *why.Required:
		c.missing(loc, k.Missing)
		return
	case *why.DependentRequired:
		c.missing(loc, k.Missing)
		return
	case *why.AnyOf, *why.OneOf, *why.Contains, *why.MinContains, *why.MaxContains, *why.PropertyNames:
		// Their causes tell why each alternative failed, which together is no advice.
		c.at(loc, 6, "form.invalid")
		return
	}
	if len(v.Causes) > 0 {
		for _, sub := range v.Causes {
			c.schema(sub)
		}
		return
	}
	c.leaf(loc, v.ErrorKind)
}

func (c *checker) leaf(loc string, k jsonschema.ErrorKind) {
	switch k := k.(type) {
	case *why.Type:
		if k.Got == "number" && len(k.Want) == 1 && k.Want[0] == "integer" {
			c.at(loc, 2, "form.integer")
			return
		}
		c.at(loc, 2, "form.invalid")
	case *why.Enum:
		c.at(loc, 2, "form.option")
	case *why.Const:
		if k.Want == true {
			c.at(loc, 2, "form.confirm")
			return
		}
		c.at(loc, 2, "form.option")
	case *why.MinLength:
		c.at(loc, 3, "form.too_short", "min", k.Want, "got", k.Got)
	case *why.MaxLength:
		c.at(loc, 3, "form.too_long", "max", k.Want, "got", k.Got)
	case *why.Pattern:
		c.at(loc, 4, "form.pattern")
	case *why.Format:
		c.at(loc, 4, formatKey(k.Want))
	case *why.Minimum:
		c.at(loc, 3, "form.min", "min", c.bound(loc, k.Want))
	case *why.Maximum:
		c.at(loc, 3, "form.max", "max", c.bound(loc, k.Want))
	case *why.ExclusiveMinimum:
		c.at(loc, 3, "form.above", "min", c.bound(loc, k.Want))
	case *why.ExclusiveMaximum:
		c.at(loc, 3, "form.below", "max", c.bound(loc, k.Want))
	case *why.MultipleOf:
		c.at(loc, 3, "form.multiple", "step", c.bound(loc, k.Want))
	case *why.MinItems:
		c.at(loc, 3, "form.min_items", "min", k.Want)
	case *why.MaxItems:
		c.at(loc, 3, "form.max_items", "max", k.Want)
	case *why.UniqueItems:
		c.at(loc, 3, "form.unique")
	default:
		c.at(loc, 6, "form.invalid")
	}
}

// formatKey returns the text about a format of strings.
func formatKey(format string) string {
	switch format {
	case "vn-phone":
		return "form.phone"
	case "cccd", "email":
		return "form." + format
	}
	return "form.date"
}

// bound returns a limit for Args: whole numbers as int64, years as text so that no separator gets
// into them.
func (c *checker) bound(loc string, r *big.Rat) any {
	if e := c.a.byPath[loc]; e != nil && e.f.widget == WidgetYear {
		return r.Num().String()
	}
	if r.IsInt() && r.Num().IsInt64() {
		return r.Num().Int64()
	}
	n, _ := r.Float64()
	return n
}

// missing reports required properties. What is hidden is not required, and what is unreadable or
// of the wrong kind has been reported as such.
func (c *checker) missing(loc string, names []string) {
	for _, name := range names {
		e := c.a.byPath[loc+join(name)]
		if e == nil {
			if e = c.above(loc); e == nil || e.f.kind != kindArea {
				continue
			}
			c.add(e, 2, "form.area")
			continue
		}
		key := "form.required"
		switch {
		case e.f.kind == kindBool && e.f.options == nil:
			key = "form.confirm"
		case e.f.options != nil || e.f.kind == kindArea:
			key = "form.required_choice"
		case e.f.kind == kindRepeat:
			key = "form.required_item"
		}
		c.add(e, 1, key)
	}
}

// above returns the field at the location or the one it is a part of.
func (c *checker) above(loc string) *entry {
	for loc != "" {
		if e := c.a.byPath[loc]; e != nil {
			return e
		}
		loc = loc[:strings.LastIndexByte(loc, '/')]
	}
	return nil
}

// at reports something at a location of the data: on its field, or on the first field below it,
// or on the form as a whole.
func (c *checker) at(loc string, rank int, key string, args ...any) {
	if e := c.above(loc); e != nil && e.f.kind != kindRepeat || e != nil && e.path == loc {
		if e.f.kind == kindArea {
			key, args = "form.area", nil
		}
		c.add(e, rank, key, args...)
		return
	}
	for _, e := range c.a.entries {
		if strings.HasPrefix(e.path, loc+"/") {
			c.add(e, rank, key, args...)
			return
		}
	}
	c.found = append(c.found, finding{nil, loc, key, fault.Args(append([]any{"label", whole()}, args...)...), rank})
}

// whole is what a finding is called that belongs to no field.
func whole() Text { return Text{"vi": "Tờ khai", "en": "Form"} }

// rawKeyOf returns the text about input that could not be read as what the field wants.
func rawKeyOf(f *field, raw string) string {
	switch {
	case len(raw) > maxString:
		return "form.too_long"
	case f.options != nil:
		return "form.option"
	case f.widget == WidgetDate:
		p := dateParts("", raw)
		if strings.Count(raw, "/") == 2 && (p.D == "" || p.M == "" || p.Y == "") && f.format != "partial-date" {
			return "form.date_incomplete"
		}
		return "form.date"
	case f.widget == WidgetYear:
		return "form.year"
	case f.kind == kindArea:
		return "form.area"
	case f.kind == kindInteger || f.kind == kindNumber:
		return "form.number"
	}
	return "form.invalid"
}
