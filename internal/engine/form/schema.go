package form

import (
	"errors"
	"fmt"
	"strings"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

// Limits of schemas beyond their size.
const (
	maxPattern = 500  // bytes of one regular expression
	maxVisits  = 5000 // subschemas met on all ways through references; stops exponential ones
)

const (
	draft     = "https://json-schema.org/draft/2020-12/schema"
	schemaURL = "https://form.invalid/schema.json" // .invalid never resolves (RFC 2606)
)

// noLoader refuses to load: a schema is closed in itself, and a government server fetches nothing
// because an uploaded file says so.
type noLoader struct{}

func (noLoader) Load(url string) (any, error) {
	return nil, fmt.Errorf("the schema refers to %.200q outside itself", url)
}

// guard refuses what could make a schema reach outside or mean something else than it shows.
// It looks at every object, also inside "const" or "examples": forms need none of these words there.
func guard(v any, root bool) error {
	switch v := v.(type) {
	case []any:
		for _, e := range v {
			if err := guard(e, false); err != nil {
				return err
			}
		}
	case map[string]any:
		for k, e := range v {
			s, isText := e.(string)
			switch k {
			case "$id", "id", "$anchor", "$dynamicAnchor", "$dynamicRef", "$recursiveAnchor", "$recursiveRef", "$vocabulary":
				if isText || k[0] == '$' {
					return fmt.Errorf("the schema uses %s", k)
				}
			case "$schema":
				if !root || s != draft {
					return fmt.Errorf("$schema is not %s at the root", draft)
				}
			case "$ref":
				if isText && s != "#" && !strings.HasPrefix(s, "#/") {
					return fmt.Errorf("$ref %.100q is not local", s)
				}
			case "pattern":
				if len(s) > maxPattern {
					return fmt.Errorf("a pattern is longer than %d bytes", maxPattern)
				}
			case "patternProperties":
				return errors.New("the schema uses patternProperties, whose properties no page can ask for")
			case "format":
				if _, known := formats()[s]; isText && !known {
					return fmt.Errorf("format %.60q is unknown", s)
				}
			}
			if err := guard(e, false); err != nil {
				return err
			}
		}
	}
	return nil
}

// compileSchema reads and compiles a schema that passed the guard.
func compileSchema(raw []byte) (*jsonschema.Schema, error) {
	doc, err := decodeStrict(raw, limits{bytes: maxDefinitionBytes, depth: maxDepth, nodes: maxNodes})
	if err != nil {
		return nil, err
	}
	if _, ok := doc.(map[string]any); !ok {
		return nil, errors.New("the schema is not an object")
	}
	if err := guard(doc, true); err != nil {
		return nil, err
	}
	c := jsonschema.NewCompiler()
	c.DefaultDraft(jsonschema.Draft2020)
	c.AssertFormat()
	c.UseLoader(noLoader{})
	register(c)
	if err := c.AddResource(schemaURL, doc); err != nil {
		return nil, err
	}
	return c.Compile(schemaURL)
}

// place is what the schema says of one location of the data. Locations are JSON pointers with "*"
// for the items of a list.
type place struct {
	schemas  []*jsonschema.Schema // all that always apply there
	declared bool                 // some schema names it, if only in one branch
}

// survey is the schema read by location.
type survey struct {
	places   map[string]*place
	required map[string]bool // locations some "required" names
	visits   int
	active   map[*jsonschema.Schema]bool
}

func surveySchema(s *jsonschema.Schema) (*survey, error) {
	sv := &survey{places: map[string]*place{}, required: map[string]bool{}, active: map[*jsonschema.Schema]bool{}}
	return sv, sv.walk(s, "", always)
}

// How far a subschema binds: always, in one branch (then, anyOf), or only as a test (if, not).
const (
	always = iota
	branch
	test
)

// walk visits s at loc. A recursive schema is refused: a form has finitely many questions.
func (sv *survey) walk(s *jsonschema.Schema, loc string, mode int) error {
	if s == nil {
		return nil
	}
	if sv.visits++; sv.visits > maxVisits {
		return errors.New("the schema is too large")
	}
	if sv.active[s] {
		return fmt.Errorf("the schema is recursive at %q", loc)
	}
	sv.active[s] = true
	defer delete(sv.active, s)

	p := sv.places[loc]
	if p == nil {
		p = &place{}
		sv.places[loc] = p
	}
	if mode == always {
		p.schemas = append(p.schemas, s)
	}
	p.declared = p.declared || mode != test

	if mode != test {
		for _, name := range s.Required {
			sv.required[loc+join(name)] = true
		}
		for _, names := range s.DependentRequired {
			for _, name := range names {
				sv.required[loc+join(name)] = true
			}
		}
	}
	var err error
	visit := func(sub *jsonschema.Schema, at string, m int) {
		if err == nil {
			err = sv.walk(sub, at, max(mode, m))
		}
	}
	visit(s.Ref, loc, always)
	for _, sub := range s.AllOf {
		visit(sub, loc, always)
	}
	for _, sub := range s.AnyOf {
		visit(sub, loc, branch)
	}
	for _, sub := range s.OneOf {
		visit(sub, loc, branch)
	}
	for _, sub := range s.DependentSchemas {
		visit(sub, loc, branch)
	}
	visit(s.If, loc, test)
	visit(s.Then, loc, branch)
	visit(s.Else, loc, branch)
	visit(s.Not, loc, test)
	for name, sub := range s.Properties {
		visit(sub, loc+join(name), always)
	}
	visit(s.Items2020, loc+"/*", always)
	for _, sub := range s.PrefixItems {
		visit(sub, loc+"/*", branch)
	}
	visit(s.Contains, loc+"/*", test)
	return err
}

// types returns the one JSON type every value at the location has, or "" if the schema does not
// say or allows several.
func (p *place) typ() string {
	if p == nil {
		return ""
	}
	for _, s := range p.schemas {
		if s.Types != nil {
			if t := s.Types.ToStrings(); len(t) == 1 {
				return t[0]
			}
		}
	}
	return ""
}

// rules are the constraints of a location that pages show or this package checks itself.
func (p *place) rules(f *field) {
	for _, s := range p.schemas {
		if s.Format != nil && f.format == "" {
			f.format = s.Format.Name
		}
		if s.MaxLength != nil && (f.maxLength == 0 || *s.MaxLength < f.maxLength) {
			f.maxLength = *s.MaxLength
		}
		if s.MinItems != nil && *s.MinItems > f.minItems {
			f.minItems = *s.MinItems
		}
		if s.MaxItems != nil && (f.maxItems == 0 || *s.MaxItems < f.maxItems) {
			f.maxItems = *s.MaxItems
		}
	}
}

// enum returns the allowed values at the location, nil if the schema does not list them.
func (p *place) enum() []any {
	if p == nil {
		return nil
	}
	for _, s := range p.schemas {
		if s.Enum != nil {
			return s.Enum.Values
		}
	}
	return nil
}

// required adds to out the locations (with real indices) that must be present in v according to s,
// following the branches that v takes. It is how the pages know what to mark as optional.
func required(s *jsonschema.Schema, v any, loc string, out map[string]bool) {
	if s == nil {
		return
	}
	required(s.Ref, v, loc, out)
	for _, sub := range s.AllOf {
		required(sub, v, loc, out)
	}
	if s.If != nil {
		if s.If.Validate(v) == nil {
			required(s.Then, v, loc, out)
		} else {
			required(s.Else, v, loc, out)
		}
	}
	switch v := v.(type) {
	case map[string]any:
		for _, name := range s.Required {
			out[loc+join(name)] = true
		}
		for name, names := range s.DependentRequired {
			if _, ok := v[name]; ok {
				for _, n := range names {
					out[loc+join(n)] = true
				}
			}
		}
		for name, sub := range s.DependentSchemas {
			if _, ok := v[name]; ok {
				required(sub, v, loc, out)
			}
		}
		for name, sub := range s.Properties {
			if e, ok := v[name]; ok {
				required(sub, e, loc+join(name), out)
			}
		}
	case []any:
		for i, e := range v {
			required(s.Items2020, e, fmt.Sprintf("%s/%d", loc, i), out)
		}
	}
}
