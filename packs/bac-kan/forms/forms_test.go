// Package forms_test checks every form of the pack: that it compiles, that its filled example is in
// order, that nothing required can be left out unnoticed, and that posting the pages one by one
// gives the example again.
package forms_test

import (
	"bytes"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/santhosh-tekuri/jsonschema/v6"

	"lienthong/internal/engine/form"
	"lienthong/internal/kit/civil"
)

var today = civil.Must("2026-11-23")

// keys are the forms that procedures of the pack refer to.
var keys = []string{
	"khai-sinh", "ket-hon", "khai-tu", "xac-nhan-hon-nhan", "ban-sao-trich-luc", "khai-sinh-lai", "nhan-cha-me-con",
	"chung-thuc-ban-sao", "ho-kinh-doanh-thanh-lap", "ho-kinh-doanh-thay-doi", "gpxd-nha-o", "bien-dong-dat-dai",
	"tro-cap-xa-hoi", "mai-tang-phi", "doi-gplx", "ban-tin", "ly-lich-tu-phap", "thuong-tru", "chung",
}

func read(t *testing.T, key, name string) []byte {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(key, name))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func load(t *testing.T, key string) (*form.Form, map[string]any) {
	t.Helper()
	f, err := form.Compile(read(t, key, "schema.json"), read(t, key, "layout.json"))
	if err != nil {
		t.Fatal(err)
	}
	data, err := form.Parse(read(t, key, "example.json"))
	if err != nil {
		t.Fatal(err)
	}
	return f, data
}

func each(t *testing.T, test func(t *testing.T, f *form.Form, data map[string]any)) {
	for _, key := range keys {
		t.Run(key, func(t *testing.T) {
			f, data := load(t, key)
			test(t, f, data)
		})
	}
}

func TestEveryFolderIsListed(t *testing.T) {
	dirs, err := filepath.Glob("*/schema.json")
	if err != nil || len(dirs) != len(keys) {
		t.Errorf("%d folders for %d keys (%v)", len(dirs), len(keys), err)
	}
}

func TestApplicantComesFirst(t *testing.T) {
	want := []string{"/applicant/name", "/applicant/birth_date", "/applicant/cccd", "/applicant/phone", "/applicant/email", "/applicant/address"}
	each(t, func(t *testing.T, f *form.Form, data map[string]any) {
		p := f.Pages(nil)[0]
		var got []string
		for _, q := range p.Fields {
			got = append(got, q.Path)
			if q.Optional != (q.Path == "/applicant/email") {
				t.Errorf("%s: optional is %v", q.Path, q.Optional)
			}
		}
		if d := cmp.Diff(want, got); d != "" {
			t.Error(d)
		}
	})
}

// all visits every visible field, also those of items.
func all(p form.Page, visit func(form.Field)) {
	for _, q := range p.Fields {
		visit(q)
		if q.Repeat != nil {
			for _, it := range q.Repeat.Items {
				for _, s := range it.Fields {
					visit(s)
				}
			}
		}
	}
}

func TestPagesAreShortAndTranslated(t *testing.T) {
	each(t, func(t *testing.T, f *form.Form, data map[string]any) {
		if f.Title()["en"] == "" {
			t.Error("the title has no English")
		}
		for _, p := range f.Pages(data) {
			if p.Title["en"] == "" || len(p.Fields) > 6 {
				t.Errorf("page %s: %d fields, English title %q", p.ID, len(p.Fields), p.Title["en"])
			}
			all(p, func(q form.Field) {
				if q.Label["en"] == "" || q.Help != nil && q.Help["en"] == "" {
					t.Errorf("%s has no English", q.Path)
				}
			})
		}
	})
}

func TestExampleIsInOrder(t *testing.T) {
	each(t, func(t *testing.T, f *form.Form, data map[string]any) {
		for _, e := range f.Validate(data, today) {
			t.Errorf("%s: %s", e.Path, form.Message("vi", e))
		}
		stored, err := f.Canonical(data)
		if err != nil {
			t.Fatal(err)
		}
		again, err := form.Parse(stored)
		if err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(data, again); d != "" {
			t.Errorf("the example holds more than the form asks for:\n%s", d)
		}
		for _, s := range f.Summary(data, "en") {
			for _, l := range s.Items {
				if l.Missing || l.Value == "" || l.Label == "" {
					t.Errorf("summary: %+v", l)
				}
			}
		}
	})
}

// What is stored is valid by the schema alone, as any other program reads it.
func TestStoredFormFitsPlainSchema(t *testing.T) {
	for _, key := range keys {
		t.Run(key, func(t *testing.T) {
			f, data := load(t, key)
			doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(read(t, key, "schema.json")))
			if err != nil {
				t.Fatal(err)
			}
			c := jsonschema.NewCompiler()
			if err := c.AddResource("https://form.invalid/x.json", doc); err != nil {
				t.Fatal(err)
			}
			s, err := c.Compile("https://form.invalid/x.json")
			if err != nil {
				t.Fatal(err)
			}
			stored, err := f.Canonical(data)
			if err != nil {
				t.Fatal(err)
			}
			v, err := jsonschema.UnmarshalJSON(bytes.NewReader(stored))
			if err != nil {
				t.Fatal(err)
			}
			if err := s.Validate(v); err != nil {
				t.Error(err)
			}
			if s.Validate(map[string]any{}) == nil {
				t.Error("the schema accepts an empty form")
			}
		})
	}
}

// drop removes what stands at the pointer.
func drop(data map[string]any, path string) {
	at := strings.LastIndexByte(path, '/')
	if m, ok := form.Value(data, path[:at]).(map[string]any); ok {
		delete(m, path[at+1:])
	}
}

func TestEachMissingFieldIsFound(t *testing.T) {
	each(t, func(t *testing.T, f *form.Form, data map[string]any) {
		for _, p := range f.Pages(data) {
			all(p, func(q form.Field) {
				stored, err := f.Canonical(data)
				if err != nil {
					t.Fatal(err)
				}
				less, err := form.Parse(stored)
				if err != nil {
					t.Fatal(err)
				}
				drop(less, q.Path)
				found := false
				for _, e := range f.Validate(less, today) {
					found = found || strings.HasPrefix(e.Path, q.Path)
				}
				if found == q.Optional {
					t.Errorf("%s: optional %v, missing found %v", q.Path, q.Optional, found)
				}
			})
		}
	})
}

// post fills the inputs of a page as a browser would.
func post(f *form.Form, p form.Page, in url.Values) {
	all(p, func(q form.Field) {
		switch {
		case q.Repeat != nil:
			in.Set(q.Repeat.CountName, strconv.Itoa(len(q.Repeat.Items)))
		case q.Widget == form.WidgetDate:
			in.Set(q.Name+".d", q.Date.D)
			in.Set(q.Name+".m", q.Date.M)
			in.Set(q.Name+".y", q.Date.Y)
		case q.Widget == form.WidgetArea:
			in.Set(q.Name, q.Area.Code+"|"+q.Area.Name)
		case len(q.Options) > 0 || q.Widget == form.WidgetCheckbox:
			in[q.Name] = q.Selected
		default:
			in.Set(q.Name, q.Text)
		}
	})
}

func TestPostingThePagesGivesTheExample(t *testing.T) {
	each(t, func(t *testing.T, f *form.Form, data map[string]any) {
		draft := map[string]any{}
		for _, p := range f.Pages(data) {
			in := url.Values{}
			post(f, p, in)
			next, errs := f.Decode(p.ID, in, draft)
			errs = append(errs, f.ValidatePage(p.ID, next, today)...)
			for _, e := range errs {
				t.Errorf("%s: %s", e.Path, form.Message("vi", e))
			}
			draft = next
		}
		stored, err := f.Canonical(draft)
		if err != nil {
			t.Fatal(err)
		}
		want, err := f.Canonical(data)
		if err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(string(want), string(stored)); d != "" {
			t.Error(d)
		}
	})
}
