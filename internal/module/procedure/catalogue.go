package procedure

import (
	"context"
	"database/sql"
	"slices"
	"strings"
	"sync"
	"time"

	"lienthong/internal/engine/worktime"
	"lienthong/internal/kit/db"
	"lienthong/internal/kit/id"
	"lienthong/internal/kit/text"
)

// Entry is what lists and search know about a published procedure.
type Entry struct {
	Procedure   id.ID
	Version     id.ID
	Number      int
	Code        string
	Name        string
	NameEN      string
	Field       Field
	Levels      []string
	Subjects    []string
	LifeEvents  []string
	Perform     string // who performs it, in the words of the record
	Description string
	Form        string
	Level       int    // service level 2, 3 or 4; 0 unknown
	Kind        string // ServiceFull, ServicePartial or ""
	Online      bool   // the law lets people file online and the version has an e-form
	Channels    []int
	Fee         FeeQuote
	Term        *worktime.Term
	TermText    string
	Unverified  []string
	PublishedAt time.Time

	keywords []string
	results  []string
	sortKey  string
	offers   offerSet
}

// Title returns the name in the language.
func (e *Entry) Title(lang string) string {
	if lang == "en" && e.NameEN != "" {
		return e.NameEN
	}
	return e.Name
}

// Catalogue is the published procedures at one moment. It is immutable and shared.
type Catalogue struct {
	version int64
	entries []*Entry // by name
	byCode  map[string]*Entry
	index   *index
}

// ByCode returns the published procedure with the code.
func (c *Catalogue) ByCode(code string) (*Entry, bool) {
	e, ok := c.byCode[code]
	return e, ok
}

// Len returns how many procedures are published.
func (c *Catalogue) Len() int { return len(c.entries) }

// Entries returns the published procedures sorted by name. The slice is shared.
func (c *Catalogue) Entries() []*Entry { return c.entries }

// LifeEvents returns how many published procedures each life event has.
func (c *Catalogue) LifeEvents() map[string]int {
	n := map[string]int{}
	for _, e := range c.entries {
		for _, l := range e.LifeEvents {
			n[l]++
		}
	}
	return n
}

// Fields returns the fields of government that have published procedures, sorted by name.
func (c *Catalogue) Fields() []string {
	seen := map[string]bool{}
	var out []string
	for _, e := range c.entries {
		if !seen[e.Field.Name] {
			seen[e.Field.Name] = true
			out = append(out, e.Field.Name)
		}
	}
	slices.SortFunc(out, func(a, b string) int { return strings.Compare(text.Fold(a), text.Fold(b)) })
	return out
}

// catalogueAge is how long a snapshot is trusted before the state's version is read again.
const catalogueAge = time.Second

// catalogueBox holds the newest snapshot of this process.
type catalogueBox struct {
	mu      sync.RWMutex
	cat     *Catalogue
	checked time.Time
	old     bool // something was changed by this process
	load    sync.Mutex
}

// stale makes the next reader look at the state's version at once.
func (b *catalogueBox) stale() {
	b.mu.Lock()
	b.old = true
	b.mu.Unlock()
}

func (b *catalogueBox) fresh(now time.Time) *Catalogue {
	b.mu.RLock()
	defer b.mu.RUnlock()
	if b.cat == nil || b.old || now.Sub(b.checked) >= catalogueAge || now.Before(b.checked) {
		return nil
	}
	return b.cat
}

// Catalogue returns the published procedures. The snapshot is reloaded when any replica changed
// something; it is at most a second behind other replicas and never behind this one.
func (s *Service) Catalogue(ctx context.Context) (*Catalogue, error) {
	now := s.Now()
	if c := s.catalogue.fresh(now); c != nil {
		return c, nil
	}
	b := &s.catalogue
	b.load.Lock() // one loads, the others wait for the result
	defer b.load.Unlock()
	if c := b.fresh(now); c != nil {
		return c, nil
	}
	b.mu.Lock()
	have := b.cat
	b.old = false // a change from here on makes it stale again
	b.mu.Unlock()
	q := s.DB.Read(ctx)
	version, err := stateVersion(q)
	if err == nil && (have == nil || have.version != version) {
		have, err = loadCatalogue(q, version, have)
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if err != nil {
		b.old = true
		return nil, err
	}
	b.cat, b.checked = have, now
	return have, nil
}

// loadBatch is how many records are read with one statement.
const loadBatch = 200

// loadCatalogue reads what is published. Records of versions that the previous snapshot knew are
// not read again: a published version never changes. The version number was read before the rows,
// so rows may be newer than it says and the next look then loads once more; never the reverse.
func loadCatalogue(q db.Q, version int64, old *Catalogue) (*Catalogue, error) {
	known := map[id.ID]*Entry{}
	if old != nil {
		for _, e := range old.entries {
			known[e.Version] = e
		}
	}
	current, err := db.Collect[id.ID](q.Query("SELECT current_version FROM procedure_entry WHERE current_version IS NOT NULL"))(
		func(rows *sql.Rows) (v id.ID, err error) { return v, rows.Scan(&v) })
	if err != nil {
		return nil, err
	}
	c := &Catalogue{version: version, byCode: make(map[string]*Entry, len(current))}
	var missing []id.ID
	for _, v := range current {
		if e := known[v]; e != nil {
			fresh := *e
			fresh.offers = nil
			c.entries = append(c.entries, &fresh)
		} else {
			missing = append(missing, v)
		}
	}
	for batch := range slices.Chunk(missing, loadBatch) {
		var args db.Args
		in := args.In(batch)
		loaded, err := db.Collect[*Entry](q.Query("SELECT "+versionColumns+`, v.record
			FROM procedure_version v JOIN procedure_entry e ON e.id = v.procedure_id WHERE v.id IN `+in, args...))(
			func(rows *sql.Rows) (*Entry, error) {
				var record string
				v, err := scanVersion(rows, &record)
				if err != nil {
					return nil, err
				}
				if err := db.FromJSON(record, &v.Record); err != nil {
					return nil, err
				}
				return entryOf(&v), nil
			})
		if err != nil {
			return nil, err
		}
		c.entries = append(c.entries, loaded...)
	}
	offers, err := offerRows(q, id.ID{})
	if err != nil {
		return nil, err
	}
	byProcedure := map[id.ID]*Entry{}
	for _, e := range c.entries {
		c.byCode[e.Code] = e
		byProcedure[e.Procedure] = e
	}
	for _, o := range offers {
		if e := byProcedure[o.Procedure]; e != nil {
			e.offers = append(e.offers, o)
		}
	}
	slices.SortFunc(c.entries, func(a, b *Entry) int {
		if n := strings.Compare(a.sortKey, b.sortKey); n != 0 {
			return n
		}
		return strings.Compare(a.Code, b.Code)
	})
	c.index = newIndex(c.entries)
	return c, nil
}

// entryOf takes from a version what lists and search need.
func entryOf(v *Version) *Entry {
	r := &v.Record
	e := &Entry{
		Procedure: v.ProcedureID, Version: v.ID, Number: v.Number, Code: v.Code,
		Name: r.Name.Value, NameEN: r.NameEN.Value, Field: r.Field.Value, Levels: r.Levels.Value,
		Subjects: r.Subjects.Value, LifeEvents: r.LifeEvents, Perform: r.Agencies.Value.Perform.String(),
		Description: r.Description.Value, Form: v.FormKey, Level: r.ServiceLevel.Value, Kind: r.ServiceKind.Value,
		Online: r.Online() && v.FormKey != "", Unverified: r.Unverified(), PublishedAt: v.PublishedAt,
		keywords: r.Keywords.Value, sortKey: text.Fold(r.Name.Value),
	}
	for _, m := range r.Methods.Value {
		e.Channels = append(e.Channels, m.Channel)
	}
	channel := ChannelCounter
	if e.Online {
		channel = ChannelOnline
	}
	e.Fee, e.TermText = r.Fee(channel, 1), r.TermText(channel)
	if t, ok := r.Term(channel); ok {
		e.Term = &t
	}
	for _, res := range r.Result.Value {
		e.results = append(e.results, res.Name)
	}
	return e
}
