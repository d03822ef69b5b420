package org

import (
	"database/sql"

	"lienthong/internal/kit/civil"
	"lienthong/internal/kit/db"
	"lienthong/internal/kit/id"
	"lienthong/internal/kit/text"
)

const validOn = "valid_from <= $1 AND (valid_to IS NULL OR valid_to > $1)"

func queryUnits(q db.Q, on civil.Date) ([]*Unit, error) {
	return db.Collect[*Unit](q.Query(`SELECT u.id, u.key, u.kind, u.version, s.valid_from, s.valid_to, s.name, s.name_en,
		s.short, s.parent_id, s.area, s.tag FROM org_unit u JOIN org_unit_span s ON s.unit_id = u.id WHERE s.`+
		"valid_from <= $1 AND (s.valid_to IS NULL OR s.valid_to > $1)", on))(func(r *sql.Rows) (*Unit, error) {
		u := new(Unit)
		return u, r.Scan(&u.ID, &u.Key, &u.Kind, &u.Version, &u.From, &u.To, &u.Name, &u.NameEN, &u.Short, &u.Parent, &u.Area, &u.Tag)
	})
}

func queryAliases(q db.Q, on civil.Date) ([]Alias, error) {
	return db.Collect[Alias](q.Query(`SELECT unit_id, scheme, code, valid_from, valid_to, assigned, source, status
		FROM org_alias WHERE `+validOn+" ORDER BY scheme, code", on))(scanAlias)
}

func scanAlias(r *sql.Rows) (a Alias, err error) {
	err = r.Scan(&a.Unit, &a.Scheme, &a.Code, &a.From, &a.To, &a.Assigned, &a.Source, &a.Status)
	return a, err
}

func queryAreas(q db.Q, on civil.Date) ([]*Area, error) {
	return db.Collect[*Area](q.Query(`SELECT code, kind, name, name_fold, parent, valid_from, valid_to FROM org_area WHERE `+
		validOn, on))(func(r *sql.Rows) (*Area, error) {
		a := new(Area)
		return a, r.Scan(&a.Code, &a.Kind, &a.Name, &a.fold, &a.Parent, &a.From, &a.To)
	})
}

// lockState makes the writer wait for all others, raises the version and returns the new one.
func lockState(tx *db.Tx) error {
	_, err := tx.Exec("UPDATE org_state SET version = version + 1 WHERE one = 1")
	return err
}

// loadWorld reads every unit with its whole history, for a writer that has locked the state.
func loadWorld(tx *db.Tx) (*world, error) {
	w := &world{units: map[id.ID]*history{}, keys: map[string]id.ID{}}
	units, err := db.Collect[*history](tx.Query("SELECT id, key, kind, version FROM org_unit"))(func(r *sql.Rows) (*history, error) {
		h := new(history)
		return h, r.Scan(&h.id, &h.key, &h.kind, &h.version)
	})
	if err != nil {
		return nil, err
	}
	for _, h := range units {
		w.units[h.id] = h
		w.keys[h.key] = h.id
	}
	type row struct {
		unit id.ID
		Span
	}
	rows, err := db.Collect[row](tx.Query(`SELECT unit_id, valid_from, valid_to, name, name_en, short, parent_id, area, tag, source, status
		FROM org_unit_span ORDER BY unit_id, valid_from`))(func(r *sql.Rows) (x row, err error) {
		err = r.Scan(&x.unit, &x.From, &x.To, &x.Name, &x.NameEN, &x.Short, &x.Parent, &x.Area, &x.Tag, &x.Source, &x.Status)
		return x, err
	})
	if err != nil {
		return nil, err
	}
	for _, x := range rows {
		if h := w.units[x.unit]; h != nil {
			h.spans = append(h.spans, x.Span)
		}
	}
	return w, nil
}

func insertUnit(tx *db.Tx, h *history, created int64) error {
	_, err := tx.Exec("INSERT INTO org_unit (id, key, kind, created, version) VALUES ($1, $2, $3, $4, 1)", h.id, h.key, h.kind, created)
	return err
}

// storeSpans replaces the stored spans of a unit by those of h and raises its version.
func storeSpans(tx *db.Tx, h *history) error {
	if _, err := tx.Exec("DELETE FROM org_unit_span WHERE unit_id = $1", h.id); err != nil {
		return err
	}
	if err := insertSpans(tx, h.id, h.spans); err != nil {
		return err
	}
	_, err := tx.Exec("UPDATE org_unit SET version = version + 1 WHERE id = $1", h.id)
	return err
}

const positionCols = "p.id, coalesce(p.key, ''), p.unit_id, p.title, p.roles, p.valid_from, p.valid_to, p.version"

func positionInto(p *Position, roles *string) []any {
	return []any{&p.ID, &p.Key, &p.Unit, &p.Title, roles, &p.From, &p.To, &p.Version}
}

func scanPosition(r interface{ Scan(...any) error }) (p Position, err error) {
	var roles string
	if err = r.Scan(positionInto(&p, &roles)...); err != nil {
		return p, err
	}
	return p, db.FromJSON(roles, &p.Roles)
}

const holdingCols = "h.person_id, h.valid_from, h.valid_to, " + positionCols

func scanHolding(r *sql.Rows) (h Holding, err error) {
	var roles string
	if err = r.Scan(append([]any{&h.Person, &h.From, &h.To}, positionInto(&h.Position, &roles)...)...); err != nil {
		return h, err
	}
	return h, db.FromJSON(roles, &h.Position.Roles)
}

func queryHoldings(q db.Q, where string, args ...any) ([]Holding, error) {
	return db.Collect[Holding](q.Query("SELECT "+holdingCols+" FROM org_holding h JOIN org_position p ON p.id = h.position_id WHERE "+
		where+" ORDER BY h.valid_from, h.position_id, h.person_id", args...))(scanHolding)
}

// keyOrNull stores no key as NULL, because NULLs do not clash in a unique index.
func keyOrNull(s string) any {
	if s == "" {
		return nil
	}
	return s
}

func querySpans(q db.Q, unit id.ID) ([]Span, error) {
	return db.Collect[Span](q.Query(`SELECT valid_from, valid_to, name, name_en, short, parent_id, area, tag, source, status
		FROM org_unit_span WHERE unit_id = $1 ORDER BY valid_from DESC`, unit))(func(r *sql.Rows) (x Span, err error) {
		err = r.Scan(&x.From, &x.To, &x.Name, &x.NameEN, &x.Short, &x.Parent, &x.Area, &x.Tag, &x.Source, &x.Status)
		return x, err
	})
}

// chunk bounds the rows of one insert: SQLite looks every numbered parameter up in a list, so the
// time of a statement grows with the square of their number.
const chunk = 12

func insertWide(tx *db.Tx, into string, width int, args []any) error {
	for len(args) > 0 {
		n := min(len(args), chunk*width)
		if _, err := tx.Exec("INSERT INTO "+into+" VALUES "+db.Rows(n/width, width), args[:n]...); err != nil {
			return err
		}
		args = args[n:]
	}
	return nil
}

func spanArgs(args []any, unit id.ID, s Span) []any {
	return append(args, unit, s.From, s.To, s.Name, s.NameEN, s.Short, s.Parent, s.Area, s.Tag, text.Fold(s.Name+" "+s.Short), s.Source, s.Status)
}

const spanInto = "org_unit_span (unit_id, valid_from, valid_to, name, name_en, short, parent_id, area, tag, name_fold, source, status)"

func insertSpans(tx *db.Tx, unit id.ID, spans []Span) error {
	var args []any
	for _, s := range spans {
		args = spanArgs(args, unit, s)
	}
	return insertWide(tx, spanInto, 12, args)
}

func insertAliases(tx *db.Tx, as []Alias) error {
	var args []any
	for _, a := range as {
		args = append(args, a.Unit, a.Scheme, a.Code, a.From, a.To, a.Assigned, a.Source, a.Status)
	}
	return insertWide(tx, "org_alias (unit_id, scheme, code, valid_from, valid_to, assigned, source, status)", 8, args)
}

func rowPosition(r *sql.Rows) (Position, error) { return scanPosition(r) }
