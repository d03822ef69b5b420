package procedure

import (
	"database/sql"
	"encoding/json"
	"slices"
	"strings"

	"lienthong/internal/kit/actor"
	"lienthong/internal/kit/civil"
	"lienthong/internal/kit/db"
	"lienthong/internal/kit/fault"
	"lienthong/internal/kit/id"
)

// entryRow is a procedure as such.
type entryRow struct {
	ID      id.ID
	Code    string
	Current id.ID
	Last    int
}

const entryColumns = "id, code, current_version, last_number"

func scanEntry(row interface{ Scan(...any) error }) (e entryRow, err error) {
	err = row.Scan(&e.ID, &e.Code, &e.Current, &e.Last)
	return e, err
}

func entryByCode(q db.Q, code string) (entryRow, error) {
	e, err := scanEntry(q.QueryRow("SELECT "+entryColumns+" FROM procedure_entry WHERE code = $1", code))
	if db.Missing(err) {
		return e, notFound(code)
	}
	return e, err
}

// lockEntry reads the procedure and keeps other writers of it waiting.
func lockEntry(tx *db.Tx, procedure id.ID) (entryRow, error) {
	return scanEntry(tx.QueryRow("SELECT "+entryColumns+" FROM procedure_entry WHERE id = $1"+db.ForUpdate(tx, false), procedure))
}

const versionColumns = `v.id, v.procedure_id, e.code, v.number, v.state, v.effective_from, v.form_key, v.process_key,
	v.content, v.note, v.revision, v.created_at, v.created_by, v.published_at, v.published_by, v.retired_at`

func scanVersion(row interface{ Scan(...any) error }, more ...any) (v Version, err error) {
	var created, published, retired int64
	err = row.Scan(append([]any{&v.ID, &v.ProcedureID, &v.Code, &v.Number, &v.State, &v.EffectiveFrom, &v.FormKey, &v.ProcessKey,
		&v.Content, &v.Note, &v.Revision, &created, &v.CreatedBy, &published, &v.PublishedBy, &retired}, more...)...)
	v.CreatedAt, v.PublishedAt, v.RetiredAt = db.Time(created), db.Time(published), db.Time(retired)
	return v, err
}

// loadVersion reads a version whole.
func loadVersion(q db.Q, version id.ID) (*Version, error) {
	var record, bpmn string
	var schema, layout sql.NullString
	v, err := scanVersion(q.QueryRow("SELECT "+versionColumns+`, v.record, v.schema, v.layout, v.bpmn
		FROM procedure_version v JOIN procedure_entry e ON e.id = v.procedure_id WHERE v.id = $1`, version),
		&record, &schema, &layout, &bpmn)
	if db.Missing(err) {
		return nil, notFound("")
	}
	if err != nil {
		return nil, err
	}
	if err := db.FromJSON(record, &v.Record); err != nil {
		return nil, err
	}
	if schema.Valid {
		v.Schema = json.RawMessage(schema.String)
	}
	if layout.Valid {
		v.Layout = json.RawMessage(layout.String)
	}
	v.BPMN = []byte(bpmn)
	return &v, nil
}

func versionIn(q db.Q, procedure id.ID, state State) (id.ID, error) {
	var v id.ID
	err := q.QueryRow("SELECT id FROM procedure_version WHERE procedure_id = $1 AND state = $2", procedure, string(state)).Scan(&v)
	if db.Missing(err) {
		return v, notFound("")
	}
	return v, err
}

func listVersions(q db.Q, code string) ([]Version, error) {
	return db.Collect[Version](q.Query("SELECT "+versionColumns+`
		FROM procedure_version v JOIN procedure_entry e ON e.id = v.procedure_id
		WHERE e.code = $1 ORDER BY v.number DESC`, code))(func(rows *sql.Rows) (Version, error) { return scanVersion(rows) })
}

func insertEntry(tx *db.Tx, e entryRow, at int64) error {
	_, err := tx.Exec(`INSERT INTO procedure_entry (id, code, current_version, last_number, created_at, updated_at)
		VALUES ($1, $2, $3, $4, $5, $5)`, e.ID, e.Code, e.Current, e.Last, at)
	return err
}

func insertVersion(tx *db.Tx, v *Version) error {
	_, err := tx.Exec(`INSERT INTO procedure_version (id, procedure_id, number, state, effective_from, record, form_key,
		schema, layout, process_key, bpmn, content, note, revision, created_at, created_by)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)`,
		v.ID, v.ProcedureID, v.Number, string(v.State), v.EffectiveFrom, db.JSON(v.Record), v.FormKey,
		rawJSON(v.Schema), rawJSON(v.Layout), v.ProcessKey, string(v.BPMN), v.Content, v.Note, v.Revision,
		db.Micros(v.CreatedAt), v.CreatedBy)
	if err != nil {
		return err
	}
	_, err = tx.Exec("UPDATE procedure_entry SET last_number = $1, updated_at = $2 WHERE id = $3",
		v.Number, db.Micros(v.CreatedAt), v.ProcedureID)
	return err
}

// updateDraft stores a draft if its revision is still the expected one.
func updateDraft(tx *db.Tx, v *Version, expected int64) error {
	n, err := tx.Exec(`UPDATE procedure_version SET effective_from = $1, record = $2, form_key = $3, schema = $4, layout = $5,
		process_key = $6, bpmn = $7, content = $8, note = $9, revision = revision + 1
		WHERE id = $10 AND state = 'draft' AND revision = $11`,
		v.EffectiveFrom, db.JSON(v.Record), v.FormKey, rawJSON(v.Schema), rawJSON(v.Layout),
		v.ProcessKey, string(v.BPMN), v.Content, v.Note, v.ID, expected)
	if err == nil && n == 0 {
		err = changedMeanwhile()
	}
	return err
}

func changedMeanwhile() error { return fault.New(fault.Conflict, "procedure.changed_meanwhile") }

// rawJSON returns the text of a JSONB column, NULL for none.
func rawJSON(b json.RawMessage) any {
	if len(b) == 0 {
		return nil
	}
	return string(b)
}

// bump counts the state up so that every replica reloads its snapshot.
func bump(tx *db.Tx) error {
	_, err := tx.Exec("UPDATE procedure_state SET version = version + 1 WHERE one = 1")
	return err
}

func stateVersion(q db.Q) (n int64, err error) {
	err = q.QueryRow("SELECT version FROM procedure_state WHERE one = 1").Scan(&n)
	return n, err
}

// offerRow is one rule about who receives a procedure.
type offerRow struct {
	ID        id.ID
	Procedure id.ID
	Kind      string
	Unit      id.ID
	Enabled   bool
	Origin    string // "record" or "switch"
	From      civil.Date
	To        *civil.Date
}

// inForce tells whether the rule holds on the day; To is the first day it no longer does.
func (o offerRow) inForce(d civil.Date) bool { return o.From <= d && (o.To == nil || d < *o.To) }

// offerRows reads the rules of one procedure, or of all for the zero id, the oldest first.
func offerRows(q db.Q, procedure id.ID) ([]offerRow, error) {
	text := "SELECT id, procedure_id, kind, unit_id, enabled, origin, valid_from, valid_to FROM procedure_offer"
	var args []any
	if !procedure.Zero() {
		text += " WHERE procedure_id = $1"
		args = append(args, procedure)
	}
	return db.Collect[offerRow](q.Query(text+" ORDER BY valid_from, id", args...))(func(rows *sql.Rows) (o offerRow, err error) {
		var to sql.NullString
		if err := rows.Scan(&o.ID, &o.Procedure, &o.Kind, &o.Unit, &o.Enabled, &o.Origin, &o.From, &to); err != nil {
			return o, err
		}
		if to.Valid {
			d, err := civil.Parse(to.String)
			if err != nil {
				return o, err
			}
			o.To = &d
		}
		return o, nil
	})
}

func insertOffer(tx *db.Tx, o offerRow) error {
	_, err := tx.Exec(`INSERT INTO procedure_offer (id, procedure_id, kind, unit_id, enabled, origin, valid_from)
		VALUES ($1, $2, $3, $4, $5, $6, $7)`, o.ID, o.Procedure, o.Kind, o.Unit, o.Enabled, o.Origin, o.From)
	return err
}

// endOffer ends a rule on the day; one that began on that day or later never held and is removed.
func endOffer(tx *db.Tx, o offerRow, day civil.Date) error {
	if o.From >= day {
		_, err := tx.Exec("DELETE FROM procedure_offer WHERE id = $1", o.ID)
		return err
	}
	_, err := tx.Exec("UPDATE procedure_offer SET valid_to = $1 WHERE id = $2", day, o.ID)
	return err
}

// record writes the ledger row of an act.
func (s *Service) record(tx *db.Tx, who actor.Actor, action string, object id.ID, content any) error {
	if s.Ledger == nil {
		return fault.New(fault.Unavailable, "procedure.no_ledger")
	}
	return s.Ledger.Record(tx, who, action, "procedure", object, content)
}

// recordsOf reads the records of the versions, sorted by code.
func recordsOf(q db.Q, versions []id.ID) ([]Record, error) {
	var out []Record
	for batch := range slices.Chunk(versions, loadBatch) {
		var args db.Args
		in := args.In(batch)
		records, err := db.Collect[Record](q.Query("SELECT record FROM procedure_version WHERE id IN "+in, args...))(
			func(rows *sql.Rows) (r Record, err error) {
				var raw string
				if err := rows.Scan(&raw); err != nil {
					return r, err
				}
				return r, db.FromJSON(raw, &r)
			})
		if err != nil {
			return nil, err
		}
		out = append(out, records...)
	}
	slices.SortFunc(out, func(a, b Record) int { return strings.Compare(a.Code.Value, b.Code.Value) })
	return out, nil
}
