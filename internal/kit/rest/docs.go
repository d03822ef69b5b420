package rest

import (
	"bytes"
	_ "embed"
	"encoding/json"
	"fmt"
	"html/template"
	"maps"
	"slices"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"lienthong/internal/kit/i18n"
)

//go:embed static/docs.html
var docsHTML string

//go:embed static/docs.css
var docsCSS []byte

// docsPage is what the page for people shows. It needs no script and loads nothing but its own
// style sheet.
type docsPage struct {
	cat                               *i18n.Catalog
	Lang, Title, Description, Version string
	Prefix                            string
	Ops                               []docsOp
	Schemas                           []docsSchema
}

type docsOp struct {
	ID, Method, Path, Summary, Description, Perm string
	Public                                       bool
	Params                                       []docsParam
	Request                                      string
	Responses                                    []docsResponse
}

type docsParam struct {
	Name, In, Kind, Text string
	Required             bool
}

type docsResponse struct{ Code, Body string }

type docsSchema struct{ Name, JSON string }

// T returns the text of the key in the page's language.
func (p docsPage) T(key string) string { return p.cat.Text(p.Lang, key) }

// renderDocs makes the page in each language.
func (a *API) renderDocs() (map[string][]byte, error) {
	t, err := template.New("docs").Parse(docsHTML)
	if err != nil {
		return nil, err
	}
	out := map[string][]byte{}
	for _, lang := range []string{i18n.VI, i18n.EN} {
		p := docsPage{cat: a.c.Catalog, Lang: lang, Title: a.c.Title.In(lang), Description: a.c.Description.In(lang),
			Version: a.c.Version, Prefix: Prefix}
		if p.cat == nil {
			return nil, nil // told by New
		}
		if err := a.fillDocs(&p); err != nil {
			return nil, err
		}
		var b bytes.Buffer
		if err := t.Execute(&b, p); err != nil {
			return nil, err
		}
		out[lang] = b.Bytes()
	}
	return out, nil
}

func (a *API) fillDocs(p *docsPage) error {
	spec := a.huma.OpenAPI()
	for _, r := range a.Routes() {
		path := strings.TrimPrefix(r.Pattern, Prefix)
		item := spec.Paths[path]
		if item == nil {
			continue // hidden
		}
		op := map[string]*huma.Operation{"GET": item.Get, "HEAD": item.Head, "POST": item.Post, "PUT": item.Put,
			"PATCH": item.Patch, "DELETE": item.Delete, "OPTIONS": item.Options}[r.Method]
		if op == nil {
			continue
		}
		d := docsOp{ID: r.Operation, Method: r.Method, Path: r.Pattern, Summary: op.Summary, Description: op.Description,
			Perm: string(r.Perm), Public: r.Perm == Public}
		for _, q := range op.Parameters {
			d.Params = append(d.Params, docsParam{q.Name, q.In, kind(q.Schema), q.Description, q.Required})
		}
		var err error
		if op.RequestBody != nil {
			if d.Request, err = contents(op.RequestBody.Content); err != nil {
				return err
			}
		}
		for _, code := range slices.Sorted(maps.Keys(op.Responses)) {
			if code[0] != '2' && code[0] != '3' {
				continue
			}
			body, err := contents(op.Responses[code].Content)
			if err != nil {
				return err
			}
			d.Responses = append(d.Responses, docsResponse{code, body})
		}
		p.Ops = append(p.Ops, d)
	}
	all := spec.Components.Schemas.Map()
	for _, name := range slices.Sorted(maps.Keys(all)) {
		b, err := indent(all[name])
		if err != nil {
			return err
		}
		p.Schemas = append(p.Schemas, docsSchema{name, b})
	}
	return nil
}

// kind says in a few words what values a parameter takes.
func kind(s *huma.Schema) string {
	if s == nil {
		return ""
	}
	k := s.Type
	if s.Format != "" {
		k += " (" + s.Format + ")"
	}
	if len(s.Enum) > 0 {
		var v []string
		for _, e := range s.Enum {
			v = append(v, fmt.Sprint(e))
		}
		k += ": " + strings.Join(v, ", ")
	}
	if s.Minimum != nil && s.Maximum != nil {
		k += fmt.Sprintf(" %v–%v", *s.Minimum, *s.Maximum)
	}
	if s.Default != nil {
		k += fmt.Sprintf(" = %v", s.Default)
	}
	return k
}

func contents(c map[string]*huma.MediaType) (string, error) {
	var parts []string
	for _, ctype := range slices.Sorted(maps.Keys(c)) {
		s := c[ctype].Schema
		if s == nil {
			parts = append(parts, ctype)
			continue
		}
		if s.Ref != "" {
			parts = append(parts, ctype+": "+s.Ref[strings.LastIndexByte(s.Ref, '/')+1:])
			continue
		}
		b, err := indent(s)
		if err != nil {
			return "", err
		}
		parts = append(parts, ctype+"\n"+b)
	}
	return strings.Join(parts, "\n"), nil
}

func indent(v any) (string, error) {
	b, err := json.Marshal(v)
	if err != nil {
		return "", err
	}
	var out bytes.Buffer
	if err := json.Indent(&out, b, "", "  "); err != nil {
		return "", err
	}
	return out.String(), nil
}
