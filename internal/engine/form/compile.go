package form

import (
	"errors"
	"fmt"
	"slices"
	"sort"
	"strings"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"lienthong/internal/kit/fault"
)

// Form is a compiled form. It is immutable and safe for use by many goroutines.
type Form struct {
	schema *jsonschema.Schema
	pages  []*page
	title  Text
	areas  func(code string) (string, bool)
}

type page struct {
	id           string
	title, intro Text
	when         *condition
	fields       []*field
}

type kind int

// Kinds of values. Dates are strings.
const (
	kindString kind = iota
	kindInteger
	kindNumber
	kindBool
	kindList
	kindArea
	kindRepeat
)

type field struct {
	path         string   // from the root, or from the item inside a repeated group
	segs         []string // path in segments
	kind         kind
	widget       Widget
	label, help  Text
	suffix       Text
	options      []option
	prefill      string // name of a source
	prefillFrom  *ref   // or another field
	prefillWhen  *condition
	autocomplete string
	when         *condition
	format       string
	maxLength    int
	minItems     int
	maxItems     int
	notBefore    *ref
	ages         []age
	item         Text     // of a repeated group
	fields       []*field // of a repeated group
}

// age is a least age in whole years, if the condition holds.
type age struct {
	min  int
	when *condition
}

type option struct {
	text  string
	value any
	label Text
}

// ref points to another field, from the item or from the root.
type ref struct {
	segs  []string
	item  bool
	label Text
}

// Compile checks a schema and a layout against each other and makes a form of them. Every path of
// the layout exists in the schema with a type its widget can ask for, every property the schema
// may require is asked for on some page, every text has its Vietnamese. The schema refers to
// nothing outside itself and is not recursive; both files are limited in size and depth. The error
// is a fault.Invalid whose Args["detail"] tells an editor what to correct.
func Compile(schema, layout []byte) (*Form, error) {
	f, err := compile(schema, layout)
	if err != nil {
		return nil, fault.Wrap(err, fault.Invalid, "form.definition", "detail", err.Error())
	}
	return f, nil
}

func compile(schema, layout []byte) (*Form, error) {
	s, err := compileSchema(schema)
	if err != nil {
		return nil, fmt.Errorf("schema: %w", err)
	}
	sv, err := surveySchema(s)
	if err != nil {
		return nil, fmt.Errorf("schema: %w", err)
	}
	if sv.places[""].typ() != "object" {
		return nil, errors.New("schema: the root is not of type object")
	}
	l, err := readLayout(layout)
	if err != nil {
		return nil, fmt.Errorf("layout: %w", err)
	}
	c := &compiler{sv: sv, lists: l.Lists, seen: map[string]*field{}, counted: 0}
	f := &Form{schema: s}
	if f.title, err = checkText("the title", l.Title, 300, false); err != nil {
		return nil, fmt.Errorf("layout: %w", err)
	}
	if len(l.Pages) == 0 {
		return nil, errors.New("layout: there is no page")
	}
	ids := map[string]bool{}
	for i := range l.Pages {
		p, err := c.page(&l.Pages[i])
		if err != nil {
			return nil, fmt.Errorf("layout: page %.40q: %w", l.Pages[i].ID, err)
		}
		if ids[p.id] {
			return nil, fmt.Errorf("layout: page %q is there twice", p.id)
		}
		ids[p.id] = true
		f.pages = append(f.pages, p)
	}
	for _, check := range c.later {
		if err := check(); err != nil {
			return nil, fmt.Errorf("layout: %w", err)
		}
	}
	if err := c.reachable(); err != nil {
		return nil, err
	}
	return f, nil
}

// Title returns the title of the form, nil if the layout has none.
func (f *Form) Title() Text { return f.title }

// WithAreas returns a form that knows the administrative units: name returns the name of the unit
// with the code. With it a posted code is enough, a name that does not fit its code is corrected,
// and an unknown code is reported; without it both are taken as posted.
func (f *Form) WithAreas(name func(code string) (string, bool)) *Form {
	g := *f
	g.areas = name
	return &g
}

type compiler struct {
	sv      *survey
	lists   map[string][]layoutOption
	seen    map[string]*field // by location, "*" for items
	counted int
	later   []func() error // checks that need every field
}

func (c *compiler) page(l *layoutPage) (*page, error) {
	p := &page{id: l.ID}
	if !idRE.MatchString(l.ID) {
		return nil, errors.New("the id is not of small letters, digits and hyphens")
	}
	var err, e error
	p.title, e = checkText("the title", l.Title, 200, true)
	err = errors.Join(err, e)
	p.intro, e = checkText("the intro", l.Intro, 2000, false)
	err = errors.Join(err, e)
	p.when, e = compileCond(l.When, 0, c.resolver(""))
	err = errors.Join(err, e)
	if len(l.Fields) == 0 {
		err = errors.Join(err, errors.New("there is no field"))
	}
	for i := range l.Fields {
		fl, e := c.field(&l.Fields[i], "")
		if e != nil {
			err = errors.Join(err, fmt.Errorf("field %.80s: %w", l.Fields[i].Path, e))
			continue
		}
		p.fields = append(p.fields, fl)
	}
	return p, err
}

// resolver finds the fields conditions refer to: those compiled already. base is the location of
// the items of a repeated group, in which "./x" names a sibling.
func (c *compiler) resolver(base string) func(string) ([]string, bool, error) {
	return func(path string) ([]string, bool, error) {
		r, err := c.ref(path, base)
		if err != nil {
			return nil, false, err
		}
		return r.segs, r.item, nil
	}
}

func (c *compiler) ref(path, base string) (*ref, error) {
	loc, item := path, false
	if rest, ok := strings.CutPrefix(path, "."); ok && base != "" {
		loc, item = base+rest, true
		path = rest
	}
	segs, ok := split(path)
	if !ok || len(segs) == 0 || strings.Contains(path, "*") {
		return nil, fmt.Errorf("%.80q is no JSON pointer to a field", path)
	}
	if f := c.seen[loc]; f != nil && f.kind != kindArea {
		return &ref{segs, item, f.label}, nil
	}
	if area, ok := strings.CutSuffix(loc, "/code"); ok && c.seen[area] != nil && c.seen[area].kind == kindArea {
		return &ref{segs, item, c.seen[area].label}, nil
	}
	return nil, fmt.Errorf("it refers to %.80q, which is no field that comes earlier (an area is named by its /code)", path)
}

func (c *compiler) field(l *layoutField, base string) (*field, error) {
	if c.counted++; c.counted > maxFields {
		return nil, fmt.Errorf("there are more than %d fields", maxFields)
	}
	segs, err := pointerOf(l.Path)
	if err != nil {
		return nil, err
	}
	loc := base + join(segs...)
	for other := range c.seen {
		if other == loc || strings.HasPrefix(other, loc+"/") || strings.HasPrefix(loc, other+"/") && !strings.HasPrefix(loc, other+"/*/") {
			return nil, errors.New("it is asked for twice")
		}
	}
	pl := c.sv.places[loc]
	if pl == nil || !pl.declared {
		return nil, errors.New("the schema does not have it")
	}
	if len(pl.schemas) == 0 {
		return nil, errors.New("the schema has it in one branch only; describe it under properties")
	}
	f := &field{path: join(segs...), segs: segs, widget: l.Widget, autocomplete: l.Autocomplete}
	var e error
	f.label, e = checkText("the label", l.Label, 500, true)
	err = errors.Join(err, e)
	f.help, e = checkText("the help", l.Help, 1000, false)
	err = errors.Join(err, e)
	f.suffix, e = checkText("the suffix", l.Suffix, 20, false)
	err = errors.Join(err, e)
	f.when, e = compileCond(l.When, 0, c.resolver(base))
	err = errors.Join(err, e)
	err = errors.Join(err, c.prefill(f, l, base))
	if l.Autocomplete != "" && (!autoRE.MatchString(l.Autocomplete) || len(l.Autocomplete) > 60) {
		err = errors.Join(err, fmt.Errorf("autocomplete %.60q is no token of HTML", l.Autocomplete))
	}
	if err != nil {
		return nil, err
	}
	pl.rules(f)
	if l.Repeat != nil {
		err = c.repeat(f, l, pl, loc, base)
	} else {
		err = c.simple(f, l, pl, loc)
	}
	if err != nil {
		return nil, err
	}
	if l.NotBefore != "" {
		if f.notBefore, err = c.ref(l.NotBefore, base); err != nil {
			return nil, err
		}
	}
	if (l.NotBefore != "" || l.Ages != nil) && f.widget != WidgetDate {
		return nil, errors.New("not_before and ages are for dates")
	}
	for _, a := range l.Ages {
		if a.Min < 1 || a.Min > 150 {
			return nil, errors.New("an age is from 1 to 150 years")
		}
		c.later = append(c.later, func() error {
			when, err := compileCond(a.When, 0, c.resolver(base))
			f.ages = append(f.ages, age{a.Min, when})
			return err
		})
	}
	c.seen[loc] = f
	return f, nil
}

// prefill reads where a field may be filled from.
func (c *compiler) prefill(f *field, l *layoutField, base string) error {
	if l.Prefill == "" && l.PrefillWhen == nil {
		return nil
	}
	if base != "" {
		return errors.New("nothing is filled in in a repeated group")
	}
	var err, e error
	if strings.HasPrefix(l.Prefill, "/") {
		f.prefillFrom, err = c.ref(l.Prefill, "")
	} else if f.prefill = l.Prefill; !prefillRE.MatchString(l.Prefill) {
		err = fmt.Errorf("prefill %.60q is no source", l.Prefill)
	}
	f.prefillWhen, e = compileCond(l.PrefillWhen, 0, c.resolver(""))
	return errors.Join(err, e)
}

func (c *compiler) repeat(f *field, l *layoutField, pl *place, loc, base string) error {
	if base != "" || l.Widget != "" || len(l.Options) > 0 || l.List != "" {
		return errors.New("a repeated group stands on a page and has no widget or options")
	}
	if pl.typ() != "array" || c.sv.places[loc+"/*"].typ() != "object" {
		return errors.New("a repeated group needs a list of objects in the schema")
	}
	f.kind, f.widget = kindRepeat, WidgetRepeat
	f.minItems = max(f.minItems, l.Repeat.Min)
	if l.Repeat.Max > 0 && (f.maxItems == 0 || l.Repeat.Max < f.maxItems) {
		f.maxItems = l.Repeat.Max
	}
	if f.maxItems == 0 || f.maxItems > maxItems {
		f.maxItems = maxItems
	}
	if l.Repeat.Min < 0 || f.minItems > f.maxItems {
		return errors.New("the repeated group needs more items than it may have")
	}
	var err error
	if f.item, err = checkText("the item", l.Repeat.Item, 100, true); err != nil {
		return err
	}
	for i := range l.Repeat.Fields {
		sub, e := c.field(&l.Repeat.Fields[i], loc+"/*")
		if e != nil {
			err = errors.Join(err, fmt.Errorf("%.80s: %w", l.Repeat.Fields[i].Path, e))
			continue
		}
		f.fields = append(f.fields, sub)
	}
	if err == nil && len(f.fields) == 0 {
		err = errors.New("the repeated group has no fields")
	}
	return err
}

// simple settles the kind of a field and checks that its widget can ask for it.
func (c *compiler) simple(f *field, l *layoutField, pl *place, loc string) error {
	kinds := map[string]kind{"string": kindString, "integer": kindInteger, "number": kindNumber, "boolean": kindBool, "array": kindList, "object": kindArea}
	k, ok := kinds[pl.typ()]
	if !ok {
		return errors.New("the schema does not give it exactly one type")
	}
	f.kind = k
	allowed := map[Widget][]kind{
		WidgetText: {kindString}, WidgetTextarea: {kindString}, WidgetDate: {kindString}, WidgetPhone: {kindString},
		WidgetEmail: {kindString}, WidgetCCCD: {kindString}, WidgetArea: {kindArea}, WidgetYear: {kindInteger},
		WidgetNumber: {kindInteger, kindNumber}, WidgetMoney: {kindInteger}, WidgetCheckbox: {kindBool, kindList},
		WidgetRadio: {kindString, kindInteger, kindNumber, kindBool}, WidgetSelect: {kindString, kindInteger, kindNumber, kindBool},
	}
	if !slices.Contains(allowed[f.widget], k) {
		return fmt.Errorf("widget %.20q cannot ask for the type %s", f.widget, pl.typ())
	}
	formats := map[Widget][]string{
		WidgetDate: {"date", "past-date", "partial-date"}, WidgetPhone: {"vn-phone"}, WidgetEmail: {"email"}, WidgetCCCD: {"cccd"},
	}
	if want := formats[f.widget]; want != nil && !slices.Contains(want, f.format) {
		return fmt.Errorf("widget %s needs the format %s in the schema", f.widget, strings.Join(want, " or "))
	}
	if k == kindArea && (c.sv.places[loc+"/code"].typ() != "string" || c.sv.places[loc+"/name"].typ() != "string") {
		return errors.New("an area needs the texts code and name in the schema")
	}
	return c.options(f, l, loc)
}

// reachable checks that whatever the schema may require is asked for.
func (c *compiler) reachable() error {
	var missing []string
	for loc := range c.sv.required {
		found := false
		for at, f := range c.seen {
			found = found || at == loc || strings.HasPrefix(at, loc+"/") || f.kind == kindArea && strings.HasPrefix(loc, at+"/")
		}
		if !found {
			missing = append(missing, loc)
		}
	}
	if len(missing) == 0 {
		return nil
	}
	sort.Strings(missing)
	return fmt.Errorf("layout: no page asks for %s, which the schema requires", strings.Join(missing[:min(5, len(missing))], ", "))
}
