package dossier

import (
	"context"
	"database/sql"
	"slices"
	"strings"

	"lienthong/internal/kit/actor"
	"lienthong/internal/kit/db"
	"lienthong/internal/kit/id"
	"lienthong/internal/kit/text"
)

// Bounds of a search by name, for each agency the official may see.
const (
	maxWords = 12   // words of a name that are kept or asked for
	rareWord = 1000 // a word of fewer dossiers is rare: it is enough to read all of them
	maxRange = 5000 // words with the same beginning that are read
)

// wordsOf returns the words of a name as they are kept: folded, each once, in order.
func wordsOf(name string) []string {
	w := strings.Fields(text.Fold(name))
	slices.Sort(w)
	w = slices.Compact(w)
	return w[:min(len(w), maxWords)]
}

// flushWords writes the words of the applicant's name under agencies that are new to the dossier,
// or under all of them after the name was corrected.
func (c *change) flushWords(tx *db.Tx, fresh []id.ID) error {
	now := wordsOf(c.d.Applicant.Name)
	if !c.fresh && c.named != c.d.Applicant.Name {
		rows, err := tx.Query(`SELECT agency_id FROM dossier_party WHERE dossier_id = $1 ORDER BY agency_id`, c.d.ID)
		if fresh, err = db.Collect[id.ID](rows, err)(func(r *sql.Rows) (x id.ID, err error) { return x, r.Scan(&x) }); err != nil {
			return err
		}
		for _, w := range wordsOf(c.named) {
			if slices.Contains(now, w) {
				continue
			}
			var a db.Args
			if _, err := tx.Exec(`DELETE FROM dossier_word WHERE agency_id IN `+a.In(fresh)+` AND word = `+a.Add(w)+` AND dossier_id = `+a.Add(c.d.ID), a...); err != nil {
				return err
			}
		}
	}
	return insertWords(tx, fresh, now, c.d.ID)
}

// insertWords puts the words under the agencies, in key order.
func insertWords(tx *db.Tx, agencies []id.ID, words []string, dossier id.ID) error {
	var args []any
	for _, g := range agencies {
		for _, w := range words {
			args = append(args, g, w, dossier)
		}
	}
	if len(args) == 0 {
		return nil
	}
	_, err := tx.Exec(`INSERT INTO dossier_word (agency_id, word, dossier_id) VALUES `+db.Rows(len(args)/3, 3)+
		` ON CONFLICT (agency_id, word, dossier_id) DO NOTHING`, args...)
	return err
}

// byName returns the newest dossiers whose applicant has all the words in the name, the last of
// them perhaps only begun. It reads the words of the agencies the official may see, and no dossier
// but those it returns.
func (s *Service) byName(ctx context.Context, words []string) ([]Hit, error) {
	words = slices.Clone(words[:min(len(words), maxWords)])
	who := actor.From(ctx)
	agencies, all := who.Agencies(PermRead)
	if all {
		tree, err := s.Agencies.Tree(ctx)
		if err != nil {
			return nil, err
		}
		for _, kind := range tree.Kinds() {
			for _, u := range tree.OfKind(kind) {
				if tree.Agency(u.ID) == u {
					agencies = append(agencies, u.ID)
				}
			}
		}
	}
	found := map[id.ID]bool{}
	for _, g := range agencies {
		ids, err := s.named(ctx, g, words)
		if err != nil {
			return nil, err
		}
		for _, x := range ids {
			found[x] = true
		}
	}
	waiting, err := s.namedUnindexed(ctx, words)
	if err != nil {
		return nil, err
	}
	for _, x := range waiting {
		found[x] = true
	}
	var ids []id.ID
	for x := range found {
		ids = append(ids, x)
	}
	// Ids grow with time; what is far older than the newest hits is not asked for.
	slices.SortFunc(ids, func(a, b id.ID) int { return slices.Compare(b[:], a[:]) })
	ids = ids[:min(len(ids), 4*maxHits)]
	if len(ids) == 0 {
		return nil, nil
	}
	return s.hits(ctx, func(a *db.Args) string { return `d.id IN ` + a.In(ids) + ` AND ` + foldWhere(words, a) })
}

// foldWhere compares the words with the name itself, which may have been corrected since its words
// were read.
func foldWhere(words []string, a *db.Args) string {
	like := make([]string, len(words))
	for i, w := range words {
		like[i] = `' ' || d.applicant_fold LIKE ` + a.Add("% "+w+"%")
	}
	return strings.Join(like, " AND ")
}

// wordWhere is the condition for one word of a query; the last one may be begun only.
func wordWhere(alias, word string, begun bool, a *db.Args) string {
	if !begun {
		return alias + `.word = ` + a.Add(word)
	}
	// Folded words are letters and digits, of which z is the last whatever collation PostgreSQL has;
	// a punctuation mark as the upper bound would lie before them in some.
	return alias + `.word >= ` + a.Add(word) + ` AND ` + alias + `.word < ` + a.Add(word+"zzzzzzzz")
}

// named returns dossiers of the agency by the words, the newest first. The rarest word leads, so
// that a common family name costs no more than the given name beside it.
func (s *Service) named(ctx context.Context, agency id.ID, words []string) ([]id.ID, error) {
	q := s.DB.Read(ctx)
	lead, least := -1, 0
	for i, w := range words {
		var a db.Args
		var n int
		where := `w.agency_id = ` + a.Add(agency) + ` AND ` + wordWhere("w", w, i == len(words)-1, &a)
		if err := q.QueryRow(`SELECT count(*) FROM (SELECT 1 FROM dossier_word w WHERE `+where+` LIMIT `+a.Add(rareWord)+`) x`, a...).Scan(&n); err != nil {
			return nil, err
		}
		if n == 0 {
			return nil, nil
		}
		if lead < 0 || n < least || n == least && lead == len(words)-1 {
			lead, least = i, n
		}
	}
	var a db.Args
	begun := lead == len(words)-1
	from := `SELECT w.dossier_id FROM dossier_word w WHERE w.agency_id = ` + a.Add(agency) + ` AND ` + wordWhere("w", words[lead], begun, &a)
	if begun && len(words) == 1 {
		// The beginning of a word has no order of time; of a very common one some are read.
		from += ` LIMIT ` + a.Add(maxRange)
		from = `SELECT DISTINCT x.dossier_id FROM (` + from + `) x`
		return collectIDs(q.Query(from+` ORDER BY x.dossier_id DESC LIMIT `+a.Add(maxHits), a...))
	}
	for i, w := range words {
		if i == lead {
			continue
		}
		from += ` AND EXISTS (SELECT 1 FROM dossier_word o WHERE o.agency_id = w.agency_id AND o.dossier_id = w.dossier_id AND ` +
			wordWhere("o", w, i == len(words)-1, &a) + `)`
	}
	return collectIDs(q.Query(from+` ORDER BY w.dossier_id DESC LIMIT `+a.Add(maxHits), a...))
}

// namedUnindexed looks through the dossiers whose words are not written yet: none, but for the
// minutes after an upgrade or while doctor has them written anew.
func (s *Service) namedUnindexed(ctx context.Context, words []string) ([]id.ID, error) {
	var a db.Args
	return collectIDs(s.DB.Read(ctx).Query(`SELECT d.id FROM dossier_unindexed u JOIN dossier_dossier d ON d.id = u.dossier_id
		WHERE `+foldWhere(words, &a)+` ORDER BY d.id DESC LIMIT `+a.Add(maxHits), a...))
}

func collectIDs(rows *sql.Rows, err error) ([]id.ID, error) {
	return db.Collect[id.ID](rows, err)(func(r *sql.Rows) (x id.ID, err error) { return x, r.Scan(&x) })
}

// byPartOfCode returns dossiers whose code begins with the part, or with it behind the identifier
// of an agency: people type what follows it, "261123-0001".
func (s *Service) byPartOfCode(ctx context.Context, part string) ([]Hit, error) {
	tree, err := s.Agencies.Tree(ctx)
	if err != nil {
		return nil, err
	}
	begins := []string{part}
	for _, kind := range tree.Kinds() {
		for _, u := range tree.OfKind(kind) {
			if u.Code != "" && strings.HasPrefix(s.Template, "{agency}-") {
				begins = append(begins, u.Code+"-"+part)
			}
		}
	}
	found := map[id.ID]bool{}
	for chunk := range slices.Chunk(begins, 100) {
		var a db.Args
		var or []string
		for _, b := range chunk {
			or = append(or, `SELECT id FROM (SELECT id FROM dossier_dossier WHERE code >= `+a.Add(b)+` AND code < `+a.Add(b+"ZZZZZZZZ")+` ORDER BY code DESC LIMIT 50) x`)
		}
		ids, err := collectIDs(s.DB.Read(ctx).Query(strings.Join(or, " UNION ALL "), a...))
		if err != nil {
			return nil, err
		}
		for _, x := range ids {
			found[x] = true
		}
	}
	var ids []id.ID
	for x := range found {
		ids = append(ids, x)
	}
	if len(ids) == 0 {
		return nil, nil
	}
	slices.SortFunc(ids, func(a, b id.ID) int { return slices.Compare(b[:], a[:]) })
	ids = ids[:min(len(ids), 500)]
	return s.hits(ctx, func(a *db.Args) string { return `d.id IN ` + a.In(ids) })
}
