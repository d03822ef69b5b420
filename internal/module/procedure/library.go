package procedure

import (
	"bytes"
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"encoding/json"
	"errors"
	"time"

	"lienthong/internal/engine/bpmn"
	"lienthong/internal/engine/form"
	"lienthong/internal/kit/actor"
	"lienthong/internal/kit/db"
	"lienthong/internal/kit/fault"
	"lienthong/internal/kit/i18n"
	"lienthong/internal/kit/id"
)

// Kinds of the library's entries.
const (
	assetForm    = "form"
	assetProcess = "process"
)

// Asset is a form or a process in the library from which drafts take their copies.
type Asset struct {
	Kind      string // "form" or "process"
	Key       string
	Title     string
	Schema    json.RawMessage // of a form
	Layout    json.RawMessage // of a form
	BPMN      []byte          // of a process
	Content   string
	UpdatedAt time.Time

	pack string // hash of what the province pack last brought under this key
}

// Forms returns the keys and titles of the library's forms, by key.
func (s *Service) Forms(ctx context.Context) ([]Asset, error) {
	return listAssets(s.DB.Read(ctx), assetForm)
}

// Processes returns the keys and titles of the library's processes, by key.
func (s *Service) Processes(ctx context.Context) ([]Asset, error) {
	return listAssets(s.DB.Read(ctx), assetProcess)
}

// Form returns a form of the library, or NotFound.
func (s *Service) Form(ctx context.Context, key string) (*Asset, error) {
	return loadAsset(s.DB.Read(ctx), assetForm, key)
}

// Process returns a process of the library, or NotFound.
func (s *Service) Process(ctx context.Context, key string) (*Asset, error) {
	return loadAsset(s.DB.Read(ctx), assetProcess, key)
}

// PutForm adds or replaces a form of the library. Versions keep the copy they have; drafts take
// the new one when they are saved again. It fails with Invalid if the form does not compile.
func (s *Service) PutForm(ctx context.Context, who actor.Actor, key string, schema, layout []byte) error {
	if err := mayEdit(who, PermEdit); err != nil {
		return err
	}
	f, err := form.Compile(schema, layout)
	if err != nil {
		return fault.Input("procedure.form_invalid", formField(err))
	}
	a := &Asset{Kind: assetForm, Key: key, Schema: canonical(schema), Layout: canonical(layout), Title: f.Title().In(i18n.VI)}
	return s.putAsset(ctx, who, a)
}

// PutProcess adds or replaces a process of the library. It fails with Invalid if the file is not
// BPMN or has problems that keep it from running.
func (s *Service) PutProcess(ctx context.Context, who actor.Actor, key string, src []byte) error {
	if err := mayEdit(who, PermEdit); err != nil {
		return err
	}
	src, err := bpmn.UTF8(src) // what is stored is text of the database
	if err != nil {
		return fault.Input("procedure.process_invalid", processField(err))
	}
	d, err := bpmn.Parse(src)
	if err != nil {
		return fault.Input("procedure.process_invalid", processField(err))
	}
	full := d
	if len(d.Calls()) > 0 {
		all, err := whole(stored(s.DB.Read(ctx)), src)
		if err != nil {
			return err
		}
		if full, err = bpmn.Parse(all); err != nil {
			return fault.Input("procedure.process_invalid", processField(err))
		}
	}
	if bad := processFields(s.ProcessProblems(full)); len(bad) > 0 {
		return fault.Input("procedure.process_invalid", bad...)
	}
	return s.putAsset(ctx, who, &Asset{Kind: assetProcess, Key: key, BPMN: src, Title: d.Title(i18n.VI)})
}

// hash returns the hash of the entry's content.
func (a *Asset) hash() string {
	h := sha256.New()
	h.Write(canonical(a.Schema))
	h.Write(canonical(a.Layout))
	h.Write(a.BPMN)
	return hex.EncodeToString(h.Sum(nil))
}

// putAsset stores a checked entry.
func (s *Service) putAsset(ctx context.Context, who actor.Actor, a *Asset) error {
	if len(a.Key) > 80 || !keyRE.MatchString(a.Key) {
		return fault.Input("procedure.invalid", fault.Field{Path: "/key", Key: "procedure.bad_key", Args: fault.Args("value", clip(a.Key))})
	}
	if bytes.IndexByte(a.BPMN, 0) >= 0 || bytes.Contains(a.Schema, []byte(`\u0000`)) || bytes.Contains(a.Layout, []byte(`\u0000`)) {
		return fault.New(fault.Invalid, "procedure.nul") // PostgreSQL stores no NUL in text
	}
	a.Content, a.UpdatedAt = a.hash(), s.Now()
	return s.DB.Write(ctx, func(tx *db.Tx) error {
		n, err := upsertAsset(tx, a)
		if err != nil || n == 0 {
			return err
		}
		if a.Kind == assetProcess {
			origin := ProcessFromOther
			if a.pack != "" {
				origin = ProcessFromPack
			}
			if _, err := addProcessVersion(tx, a, ProcessVersion{Origin: origin}); err != nil {
				return err
			}
		}
		return s.record(tx, who, "procedure."+a.Kind+".put", id.ID{}, map[string]any{"key": a.Key, "content": a.Content})
	})
}

// upsertAsset stores an entry and returns how many rows that changed: none if it is there already.
func upsertAsset(tx *db.Tx, a *Asset) (int64, error) {
	return tx.Exec(`INSERT INTO procedure_asset (kind, key, title, schema, layout, bpmn, content, pack_content, updated_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
		ON CONFLICT (kind, key) DO UPDATE SET title = excluded.title, schema = excluded.schema, layout = excluded.layout,
			bpmn = excluded.bpmn, content = excluded.content, updated_at = excluded.updated_at,
			pack_content = CASE WHEN excluded.pack_content = '' THEN procedure_asset.pack_content ELSE excluded.pack_content END
		WHERE procedure_asset.content <> excluded.content OR procedure_asset.pack_content <> excluded.pack_content`,
		a.Kind, a.Key, a.Title, rawJSON(a.Schema), rawJSON(a.Layout), string(a.BPMN), a.Content, a.pack, db.Micros(a.UpdatedAt))
}

func loadAsset(q db.Q, kind, key string) (*Asset, error) {
	a := Asset{Kind: kind, Key: key}
	var schema, layout sql.NullString
	var src string
	var at int64
	err := q.QueryRow("SELECT title, schema, layout, bpmn, content, pack_content, updated_at FROM procedure_asset WHERE kind = $1 AND key = $2", kind, key).
		Scan(&a.Title, &schema, &layout, &src, &a.Content, &a.pack, &at)
	if db.Missing(err) {
		return nil, fault.New(fault.NotFound, "procedure.no_such_"+kind, "key", clip(key))
	}
	if err != nil {
		return nil, err
	}
	if schema.Valid {
		a.Schema, a.Layout = json.RawMessage(schema.String), json.RawMessage(layout.String)
	}
	a.BPMN, a.UpdatedAt = []byte(src), db.Time(at)
	return &a, nil
}

func listAssets(q db.Q, kind string) ([]Asset, error) {
	return db.Collect[Asset](q.Query("SELECT key, title, content, updated_at FROM procedure_asset WHERE kind = $1 ORDER BY key", kind))(
		func(rows *sql.Rows) (a Asset, err error) {
			var at int64
			err = rows.Scan(&a.Key, &a.Title, &a.Content, &at)
			a.Kind, a.UpdatedAt = kind, db.Time(at)
			return a, err
		})
}

// formField says what is wrong with a form's definition.
func formField(err error) fault.Field {
	detail := err.Error()
	if f := fault.As(err); f != nil {
		if d, ok := f.Args["detail"].(string); ok {
			detail = d
		}
	}
	return fault.Field{Path: "/form", Key: "procedure.form_broken", Args: fault.Args("reason", detail)}
}

// processField says what is wrong with a process file.
func processField(err error) fault.Field {
	var p *bpmn.Problem
	if errors.As(err, &p) {
		return processFields([]bpmn.Problem{*p})[0]
	}
	return fault.Field{Path: "/process", Key: "procedure.process_broken", Args: fault.Args("reason", clip(err.Error()))}
}

// processFields says each problem in both languages; the engine keeps its own sentences.
func processFields(problems []bpmn.Problem) []fault.Field {
	var out []fault.Field
	for i := range problems {
		p := &problems[i]
		path := "/process"
		if p.Element != "" {
			path += "/" + clip(p.Element)
		}
		out = append(out, fault.Field{Path: path, Key: "procedure.process_problem", Args: fault.Args(
			"text", i18n.Text{VI: p.Text(i18n.VI), EN: p.Text(i18n.EN)}, "element", clip(p.Element))})
	}
	return out
}
