package dossierapi

import (
	"context"
	"strconv"
	"strings"

	"lienthong/internal/kit/civil"
	"lienthong/internal/kit/fault"
	"lienthong/internal/kit/id"
	"lienthong/internal/kit/text"
	"lienthong/internal/module/dossier"
)

// ByDossier is the input of an operation on one dossier. It and the like are exported because huma
// passes over embedded fields that are not.
type ByDossier struct {
	Code string `path:"code" pattern:"^[A-Za-z0-9.-]{1,64}$" example:"000.18.25.H03-210301-0001" doc:"The code printed on the receipt."`
}

// ByDraft is the input of an operation on one draft.
type ByDraft struct {
	Draft string `path:"draft" format:"uuid" doc:"The draft's identifier."`
}

// ByTask is the input of an operation on one task.
type ByTask struct {
	Task string `path:"task" format:"uuid" doc:"The task's identifier, from the worklist or the dossier."`
}

// ByFile is the input of an operation on one file.
type ByFile struct {
	File string `path:"file" format:"uuid" doc:"The file's identifier."`
}

// DossierNote is the body of an act that takes a remark and nothing else. It may be left out.
type DossierNote struct {
	Note string `json:"note,omitempty" maxLength:"4000" doc:"A remark for the history."`
}

// note returns the remark, "" without a body.
func (n *DossierNote) note() string {
	if n == nil {
		return ""
	}
	return n.Note
}

// DossierReason is the body of an act that must give a reason.
type DossierReason struct {
	Reason string `json:"reason" minLength:"1" maxLength:"4000" example:"Chủ hộ vắng mặt" doc:"Why; it stays in the history."`
}

// get returns a dossier the actor may see.
func (a *api) get(ctx context.Context, code string) (*dossier.Dossier, error) {
	return a.s.ByCode(ctx, strings.ToUpper(code))
}

// parse reads an identifier. The description of the API has checked its form already; this is for
// the few forms of a UUID that are not ours.
func parse(path, s string) (id.ID, error) {
	if s == "" {
		return id.ID{}, nil
	}
	x, err := id.Parse(s)
	if err != nil {
		return x, fault.Input("rest.422", fault.Field{Path: path, Key: "dossierapi.bad_id"})
	}
	return x, nil
}

// parseAll reads a list of identifiers; path is where the list is.
func parseAll(path string, in []string) ([]id.ID, error) {
	var ids []id.ID
	for i, s := range in {
		x, err := parse(path+"/"+strconv.Itoa(i), s)
		if err != nil {
			return nil, err
		}
		ids = append(ids, x)
	}
	return ids, nil
}

// day reads a day, or returns otherwise for none.
func day(path, s string, otherwise civil.Date) (civil.Date, error) {
	if s == "" {
		return otherwise, nil
	}
	d, err := civil.Parse(s)
	if err != nil {
		return d, fault.Input("rest.422", fault.Field{Path: path, Key: "dossierapi.bad_day"})
	}
	return d, nil
}

// located makes the places that a use case names, fields of a page, places of the body: a bare
// name its JSON pointer, a pointer into the form's data one below data. note, if given, is what
// the body calls the note.
func located(err error, data, note string) error {
	f := fault.As(err)
	if f == nil || len(f.Fields) == 0 {
		return err
	}
	to := *f
	to.Fields = nil
	for _, x := range f.Fields {
		switch {
		case strings.HasPrefix(x.Path, "/"):
			x.Path = data + x.Path
		case x.Path == "note" && note != "":
			x.Path = "/" + note
		case !strings.Contains(x.Path, "."): // query.name and the like stay
			x.Path = "/" + x.Path
		}
		to.Fields = append(to.Fields, x)
	}
	return &to
}

// maxDepth bounds how deep form data may be nested. Forms of the platform need five levels.
const maxDepth = 32

// checkData refuses form data that no form can have made and that not every database can store:
// nested without end, or with NUL characters (which PostgreSQL's jsonb does not take).
func checkData(path string, data map[string]any) error {
	if at, key := trouble(path, data, maxDepth); key != "" {
		return fault.Input("rest.422", fault.Field{Path: at, Key: key})
	}
	return nil
}

// trouble finds the first place that breaks a rule of checkData and the message's key.
func trouble(path string, v any, depth int) (at, key string) {
	if depth == 0 {
		return path, "dossierapi.too_deep"
	}
	switch v := v.(type) {
	case string:
		if strings.ContainsRune(v, 0) {
			return path, "dossierapi.control_character"
		}
	case []any:
		for i, x := range v {
			if at, key := trouble(path+"/"+strconv.Itoa(i), x, depth-1); key != "" {
				return at, key
			}
		}
	case map[string]any:
		for k, x := range v {
			if strings.ContainsRune(k, 0) {
				return path, "dossierapi.control_character"
			}
			if at, key := trouble(path+"/"+pointer(k), x, depth-1); key != "" {
				return at, key
			}
		}
	}
	return "", ""
}

// pointer writes a name as a part of a JSON pointer (RFC 6901, 3).
func pointer(name string) string { return strings.NewReplacer("~", "~0", "/", "~1").Replace(name) }

// merge applies a merge patch (RFC 7396) to data, which it changes and returns.
func merge(data, patch map[string]any) map[string]any {
	if data == nil {
		data = map[string]any{}
	}
	for k, v := range patch {
		switch v := v.(type) {
		case nil:
			delete(data, k)
		case map[string]any:
			old, _ := data[k].(map[string]any)
			data[k] = merge(old, v)
		default:
			data[k] = v
		}
	}
	return data
}

// lines cleans a list of short texts.
func lines(in []string) []string {
	var out []string
	for _, s := range in {
		if s = text.Line(s); s != "" {
			out = append(out, s)
		}
	}
	return out
}
