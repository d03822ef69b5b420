package procedure

import (
	"maps"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"lienthong/internal/kit/civil"
	"lienthong/internal/kit/fault"
	"lienthong/internal/kit/text"
)

// Limits of one record. The longest real records are a few dozen papers and some pages of text.
const (
	maxText  = 20000 // characters of one text
	maxLine  = 1000  // characters of a name
	maxItems = 300   // entries of one list
	maxFee   = 1_000_000_000_000
)

var (
	// codeRE is the national code d.dddddd, or a local one with the unit's identifier behind it,
	// 1.001193.000.00.00.H03.
	codeRE = regexp.MustCompile(`^[0-9]\.[0-9]{6}(\.[0-9A-Z]{2,3}){0,6}$`)
	keyRE  = regexp.MustCompile(`^[a-z0-9]+([-.][a-z0-9]+)*$`)
)

// ValidCode tells whether code has the form of a procedure code.
func ValidCode(code string) bool { return len(code) <= 40 && codeRE.MatchString(code) }

// Clean brings every text of the record to its stored form: NFC, no control characters, single
// lines where a line is meant; and every missing list to an empty one, so that equal records have
// equal JSON. Lists, maps and what is pointed at are replaced, not changed in place, so a record copied from one that
// others read may be cleaned.
func (r *Record) Clean() {
	cleanTexts(reflect.ValueOf(r).Elem(), "")
}

// prose tells which fields of records may have several lines.
func prose(name string) bool {
	switch name {
	case "Text", "Note", "TermText", "Steps", "Requirements", "Description", "Source", "TermSource":
		return true
	}
	return false
}

func cleanTexts(v reflect.Value, name string) {
	switch v.Kind() {
	case reflect.String:
		s := text.Line(v.String())
		if prose(name) {
			s = text.Clean(v.String())
		}
		if v.CanSet() && s != v.String() {
			v.SetString(s)
		}
	case reflect.Struct:
		t := v.Type()
		for i := range t.NumField() {
			// Sourced.Value takes the name of the record's field it stands in.
			n := t.Field(i).Name
			if n == "Value" {
				n = name
			}
			cleanTexts(v.Field(i), n)
		}
	case reflect.Slice:
		fresh := reflect.MakeSlice(v.Type(), v.Len(), v.Len())
		reflect.Copy(fresh, v)
		for i := range fresh.Len() {
			cleanTexts(fresh.Index(i), name)
		}
		v.Set(fresh)
	case reflect.Map:
		if v.Len() == 0 {
			v.SetZero()
			return
		}
		fresh := reflect.MakeMap(v.Type())
		for _, k := range v.MapKeys() {
			e := v.MapIndex(k)
			if e.Kind() == reflect.String {
				e = reflect.ValueOf(text.Line(e.String()))
			}
			fresh.SetMapIndex(k, e)
		}
		v.Set(fresh)
	case reflect.Pointer:
		if !v.IsNil() && v.Elem().Kind() == reflect.Struct {
			fresh := reflect.New(v.Type().Elem())
			fresh.Elem().Set(v.Elem())
			cleanTexts(fresh.Elem(), name)
			v.Set(fresh)
		}
	}
}

// checker collects the broken rules of one record.
type checker struct{ out []fault.Field }

func (c *checker) add(path, key string, args ...any) {
	if len(c.out) < 100 { // enough to fix; a hostile file does not fill the memory
		c.out = append(c.out, fault.Field{Path: path, Key: key, Args: fault.Args(args...)})
	}
}

func (c *checker) line(path, s string, limit int) {
	if utf8.RuneCountInString(s) > limit {
		c.add(path, "procedure.too_long", "max", limit)
	}
}

func (c *checker) list(path string, n int) bool {
	if n > maxItems {
		c.add(path, "procedure.too_many", "max", maxItems)
		return false
	}
	return true
}

func (c *checker) lines(path string, list []string, limit int) {
	if !c.list(path, len(list)) {
		return
	}
	for i, s := range list {
		if s == "" {
			c.add(path+"/"+strconv.Itoa(i), "procedure.required")
		}
		c.line(path+"/"+strconv.Itoa(i), s, limit)
	}
}

func (c *checker) among(path, s string, allowed ...string) {
	if !slices.Contains(allowed, s) {
		c.add(path, "procedure.not_allowed", "value", clip(s), "allowed", strings.Join(allowed, ", "))
	}
}

// Validate returns the rules the record breaks, by JSON pointer. It checks form, not completeness:
// a draft may lack much, but what it holds is well-formed and says where it comes from.
func (r *Record) Validate() []fault.Field {
	c := &checker{}
	if !ValidCode(r.Code.Value) {
		c.add("/code/value", "procedure.bad_code", "value", clip(r.Code.Value))
	}
	if r.Name.Value == "" {
		c.add("/name/value", "procedure.required")
	}
	for _, f := range r.Fields() {
		p := "/" + f.Key
		switch {
		case !f.Status.Valid():
			c.add(p+"/status", "procedure.no_status", "field", f.Key, "value", clip(string(*f.Status)))
		case *f.Status == Verified && f.Empty:
			c.add(p+"/status", "procedure.empty_verified", "field", f.Key)
		case *f.Status == Unknown && !f.Empty && f.Key != "methods" && f.Key != "agencies" && f.Key != "components":
			// Those three may hold the frame of what is known about an otherwise unknown field.
			c.add(p+"/status", "procedure.known_unknown", "field", f.Key)
		}
		if *f.Source == "" {
			c.add(p+"/source", "procedure.no_source", "field", f.Key)
		}
		c.line(p+"/source", *f.Source, 2000)
	}
	c.line("/name/value", r.Name.Value, maxLine)
	c.line("/name_en/value", r.NameEN.Value, maxLine)
	c.line("/field/value/code", r.Field.Value.Code, 60)
	c.line("/field/value/name", r.Field.Value.Name, maxLine)
	c.line("/category/value", r.Category.Value, maxLine)
	c.line("/requirements/value", r.Requirements.Value, maxText)
	c.line("/description/value", r.Description.Value, maxText)
	c.line("/decision_number/value", r.DecisionNumber.Value, 200)
	for i, l := range r.Levels.Value {
		c.among("/levels/value/"+strconv.Itoa(i), l, LevelCommune, LevelDistrict, LevelProvince, LevelMinistry)
	}
	c.list("/levels/value", len(r.Levels.Value))
	c.lines("/subjects/value", r.Subjects.Value, maxLine)
	c.lines("/keywords/value", r.Keywords.Value, 200)
	if n := r.ServiceLevel.Value; n != 0 && (n < 1 || n > 4) {
		c.add("/service_level/value", "procedure.not_allowed", "value", n, "allowed", "2, 3, 4")
	}
	if k := r.ServiceKind.Value; k != "" {
		c.among("/service_kind/value", k, ServiceFull, ServicePartial)
	}
	r.validateLists(c)
	r.validateMethods(c)
	r.validateKeys(c)
	c.tacit(r)
	return c.out
}

func (r *Record) validateLists(c *checker) {
	if c.list("/sequence/value", len(r.Sequence.Value)) {
		for i, s := range r.Sequence.Value {
			p := "/sequence/value/" + strconv.Itoa(i)
			c.line(p+"/case", s.Name, maxLine)
			c.lines(p+"/steps", s.Steps, maxText)
		}
	}
	if c.list("/components/value", len(r.Components.Value)) {
		for i, s := range r.Components.Value {
			p := "/components/value/" + strconv.Itoa(i)
			c.line(p+"/case", s.Case, maxLine)
			if !c.list(p+"/items", len(s.Items)) {
				continue
			}
			for j, it := range s.Items {
				q := p + "/items/" + strconv.Itoa(j)
				if it.Name == "" {
					c.add(q+"/name", "procedure.required")
				}
				c.line(q+"/name", it.Name, maxText)
				c.line(q+"/form_name", it.FormName, maxLine)
				c.line(q+"/code", it.Code, 100)
				c.line(q+"/note", it.Note, maxText)
				if it.Originals < 0 || it.Originals > 100 || it.Copies < 0 || it.Copies > 100 {
					c.add(q, "procedure.range", "min", 0, "max", 100)
				}
			}
		}
	}
	if c.list("/legal/value", len(r.Legal.Value)) {
		for i, l := range r.Legal.Value {
			p := "/legal/value/" + strconv.Itoa(i)
			if l.Number == "" && l.Title == "" {
				c.add(p, "procedure.required")
			}
			c.line(p+"/number", l.Number, 200)
			c.line(p+"/title", l.Title, 2000)
			if l.Date != "" {
				if _, err := civil.Parse(l.Date); err != nil {
					c.add(p+"/date", "procedure.bad_date", "value", clip(l.Date))
				}
			}
		}
	}
	if c.list("/result/value", len(r.Result.Value)) {
		for i, s := range r.Result.Value {
			p := "/result/value/" + strconv.Itoa(i)
			if s.Name == "" {
				c.add(p+"/name", "procedure.required")
			}
			c.line(p+"/name", s.Name, 2000)
			c.line(p+"/code", s.Code, 100)
		}
	}
	a := r.Agencies.Value
	c.lines("/agencies/value/perform", a.Perform, maxLine)
	c.lines("/agencies/value/competent", a.Competent, maxLine)
	c.lines("/agencies/value/receive", a.Receive, maxLine)
	c.lines("/agencies/value/coordinate", a.Coordinate, maxLine)
}

func (r *Record) validateMethods(c *checker) {
	if !c.list("/methods/value", len(r.Methods.Value)) {
		return
	}
	seen := map[int]bool{}
	for i, m := range r.Methods.Value {
		p := "/methods/value/" + strconv.Itoa(i)
		if m.Channel < ChannelCounter || m.Channel > ChannelPost {
			c.add(p+"/channel", "procedure.not_allowed", "value", m.Channel, "allowed", "1, 2, 3")
		} else if seen[m.Channel] {
			c.add(p+"/channel", "procedure.twice", "value", m.Channel)
		}
		seen[m.Channel] = true
		if t := m.Term; t != nil {
			if t.Check() != nil {
				c.add(p+"/term", "procedure.bad_term", "n", t.N, "unit", clip(string(t.Unit)))
			}
		}
		c.line(p+"/term_text", m.TermText, 2000)
		c.origin(p+"/term_source", p+"/term_status", "term", m.TermSource, m.TermStatus)
		c.line(p+"/note", m.Note, maxText)
		if !c.list(p+"/fees", len(m.Fees)) {
			continue
		}
		for j, f := range m.Fees {
			q := p + "/fees/" + strconv.Itoa(j)
			c.among(q+"/kind", f.Kind, FeePhi, FeeLePhi)
			if f.Amount != nil && (*f.Amount < 0 || *f.Amount > maxFee) {
				c.add(q+"/amount", "procedure.range", "min", 0, "max", maxFee)
			}
			if f.AmountStatus != "" && !f.AmountStatus.Valid() {
				c.add(q+"/amount_status", "procedure.no_status", "field", "fees", "value", clip(string(f.AmountStatus)))
			}
			c.origin(q+"/source", q+"/status", "fees", f.Source, f.Status)
			c.line(q+"/unit", f.Unit, 100)
			c.line(q+"/text", f.Text, maxText)
		}
	}
}

// origin checks a source and status that may both be left out, but not one of them.
func (c *checker) origin(sourcePath, statusPath, field, source string, status Status) {
	c.line(sourcePath, source, 2000)
	if source == "" && status == "" {
		return
	}
	if !status.Valid() {
		c.add(statusPath, "procedure.no_status", "field", field, "value", clip(string(status)))
	}
	if source == "" {
		c.add(sourcePath, "procedure.no_source", "field", field)
	}
}

func (r *Record) validateKeys(c *checker) {
	key := func(path, s string) {
		if s != "" && (len(s) > 80 || !keyRE.MatchString(s)) {
			c.add(path, "procedure.bad_key", "value", clip(s))
		}
	}
	key("/process", r.Process)
	key("/form", r.Form)
	c.origin("/divisions/source", "/divisions/status", "divisions", r.Divisions.Source, r.Divisions.Status)
	c.origin("/wiring/source", "/wiring/status", "wiring", r.Wiring.Source, r.Wiring.Status)
	for _, w := range [][2]string{{"/wiring/reception", r.Wiring.Reception}, {"/wiring/decision", r.Wiring.Decision}} {
		unit, named := strings.CutPrefix(w[1], "unit:")
		switch {
		case named && unit != "":
			key(w[0], unit)
		case w[1] != "" && w[1] != WiredOffer && w[1] != WiredSuperior:
			c.add(w[0], "procedure.not_allowed", "value", clip(w[1]), "allowed", "offer, superior, unit:…")
		}
	}
	if r.Wiring != (Wiring{}) && r.Wiring.Source == "" {
		c.add("/wiring/source", "procedure.no_source", "field", "wiring")
	}
	if len(r.Divisions.Value) > 0 && r.Divisions.Source == "" {
		c.add("/divisions/source", "procedure.no_source", "field", "divisions")
	}
	if c.list("/divisions/value", len(r.Divisions.Value)) {
		for _, k := range slices.Sorted(maps.Keys(r.Divisions.Value)) {
			p := "/divisions/value/" + clip(k)
			key(p, k)
			key(p, r.Divisions.Value[k])
			if r.Divisions.Value[k] == "" {
				c.add(p, "procedure.required")
			}
		}
	}
	if c.list("/life_event", len(r.LifeEvents)) {
		for i, e := range r.LifeEvents {
			key("/life_event/"+strconv.Itoa(i), e)
			if e == "" {
				c.add("/life_event/"+strconv.Itoa(i), "procedure.required")
			}
		}
	}
	if c.list("/offers", len(r.Offers)) {
		for i, o := range r.Offers {
			p := "/offers/" + strconv.Itoa(i)
			if (o.Kind == "") == (o.Unit == "") {
				c.add(p, "procedure.bad_offer")
				continue
			}
			key(p+"/kind", o.Kind)
			key(p+"/unit", o.Unit)
		}
	}
}

// Incomplete returns what a record still lacks before it can be published: without these fields
// a citizen could not prepare a dossier and an agency could not work on it.
func (r *Record) Incomplete() []fault.Field {
	c := &checker{}
	need := func(key string, missing bool) {
		if missing {
			c.add("/"+key+"/value", "procedure.needed", "field", key)
		}
	}
	need("field", r.Field.Value.Name == "")
	need("levels", len(r.Levels.Value) == 0)
	need("methods", len(r.Methods.Value) == 0)
	need("components", len(r.ComponentsOf("")) == 0)
	need("result", len(r.Result.Value) == 0)
	if r.Process == "" {
		c.add("/process", "procedure.needed", "field", "process")
	}
	if len(r.Offers) == 0 {
		c.add("/offers", "procedure.needed", "field", "offers")
	}
	return c.out
}

// clip keeps a hostile value from filling a message; the cut is at a rune.
func clip(s string) string {
	const limit = 80
	n := 0
	for i := range s {
		if n == limit {
			return s[:i] + "…"
		}
		n++
	}
	return s
}
