// Package i18n holds what people read: one catalogue of texts in Vietnamese and English, and the
// way dates, times, numbers and money are written in each. Vietnamese is the language of the law
// and the default; English is the sibling under /en.
//
// A text names its values: "Còn {n} chỗ cần sửa". A value that changes the words around it is
// written {n, one:# dossier other:# dossiers}, where # stands for the number. A brace that is
// meant as a brace is doubled.
package i18n

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strings"
	"sync"
)

// The languages of the catalogue.
const (
	VI = "vi"
	EN = "en"
)

// missingLimit bounds how many different missing keys a catalogue remembers, so that keys made
// from hostile input cannot fill the memory.
const missingLimit = 1000

// Text is a short text in both languages that is data, not catalogue: a name of an agency, a label
// of a form.
type Text struct {
	VI string `json:"vi"`
	EN string `json:"en,omitempty"`
}

// In returns the text in the language, or the Vietnamese one where no translation exists.
func (t Text) In(lang string) string { return Pick(lang, t.VI, t.EN) }

// For returns the text in the language of ctx.
func (t Text) For(ctx context.Context) string { return t.In(Lang(ctx)) }

// Pick returns en if lang is English and en is not empty, otherwise vi.
func Pick(lang, vi, en string) string {
	if lang == EN && en != "" {
		return en
	}
	return vi
}

// Source gives texts by language and key.
type Source interface {
	Texts() (map[string]map[string]string, error)
}

// Texts is a Source made in code: language, then key, then text.
type Texts map[string]map[string]string

// Texts returns the map itself.
func (t Texts) Texts() (map[string]map[string]string, error) { return t, nil }

type files struct{ fsys fs.FS }

// Files returns a Source that reads every file of fsys whose name is vi.json or en.json, or ends
// in .vi.json or .en.json, in any folder. Each is one JSON object of keys and texts; a key that
// stands twice in one file is an error.
func Files(fsys fs.FS) Source { return files{fsys} }

func (f files) Texts() (map[string]map[string]string, error) {
	out := map[string]map[string]string{VI: {}, EN: {}}
	found := false
	err := fs.WalkDir(f.fsys, ".", func(p string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		for lang, into := range out {
			base := path.Base(p)
			if base != lang+".json" && !strings.HasSuffix(base, "."+lang+".json") {
				continue
			}
			found = true
			data, err := fs.ReadFile(f.fsys, p)
			if err != nil {
				return err
			}
			if err := readObject(data, into); err != nil {
				return fmt.Errorf("%s: %w", p, err)
			}
		}
		return nil
	})
	if err == nil && !found {
		err = errors.New("no vi.json or en.json among the texts")
	}
	return out, err
}

// readObject reads a flat JSON object token by token, because encoding/json silently keeps the
// last of two equal keys.
func readObject(data []byte, into map[string]string) error {
	dec := json.NewDecoder(strings.NewReader(string(data)))
	if t, err := dec.Token(); err != nil || t != json.Delim('{') {
		return errors.New("want one JSON object of texts")
	}
	for dec.More() {
		k, err := dec.Token()
		if err != nil {
			return err
		}
		key, _ := k.(string)
		v, err := dec.Token()
		if err != nil {
			return fmt.Errorf("key %q: %w", key, err)
		}
		s, ok := v.(string)
		if !ok {
			return fmt.Errorf("key %q is not a text", key)
		}
		if _, twice := into[key]; twice {
			return fmt.Errorf("key %q stands twice", key)
		}
		into[key] = s
	}
	_, err := dec.Token()
	return err
}

// Catalog is every text of the program in every language. It is safe for concurrent use.
type Catalog struct {
	texts   map[string]map[string]message
	mu      sync.Mutex
	missing map[string]int
}

// New reads the sources into one catalogue. It is an error if two sources give one key different
// texts, if a key exists in one language only, if its translations name different values, or if a
// text is malformed: such mistakes are found when the program starts, not when a page is read.
func New(sources ...Source) (*Catalog, error) {
	c := &Catalog{
		texts:   map[string]map[string]message{VI: {}, EN: {}},
		missing: map[string]int{},
	}
	var errs []error
	for _, s := range sources {
		langs, err := s.Texts()
		if err != nil {
			errs = append(errs, err)
			continue
		}
		for _, lang := range slices.Sorted(maps.Keys(langs)) {
			into, ok := c.texts[lang]
			if !ok {
				errs = append(errs, fmt.Errorf("unknown language %q", lang))
				continue
			}
			for key, text := range langs[lang] {
				m, err := parse(text)
				if err != nil {
					errs = append(errs, fmt.Errorf("%s %q: %w", lang, key, err))
				}
				if old, twice := into[key]; twice && old.source != text {
					errs = append(errs, fmt.Errorf("%s %q has two texts: %q and %q", lang, key, old.source, text))
				}
				into[key] = m
			}
		}
	}
	for _, key := range slices.Sorted(maps.Keys(c.texts[VI])) {
		en, ok := c.texts[EN][key]
		if !ok {
			errs = append(errs, fmt.Errorf("%q has no English text", key))
		} else if vi := c.texts[VI][key]; !slices.Equal(vi.names, en.names) {
			errs = append(errs, fmt.Errorf("%q names %v in Vietnamese and %v in English", key, vi.names, en.names))
		}
	}
	for _, key := range slices.Sorted(maps.Keys(c.texts[EN])) {
		if _, ok := c.texts[VI][key]; !ok {
			errs = append(errs, fmt.Errorf("%q has no Vietnamese text", key))
		}
	}
	if err := errors.Join(errs...); err != nil {
		return nil, fmt.Errorf("texts: %w", err)
	}
	return c, nil
}

// Has tells whether the key exists.
func (c *Catalog) Has(key string) bool {
	_, ok := c.texts[VI][key]
	return ok
}

// Keys returns all keys, sorted.
func (c *Catalog) Keys() []string { return slices.Sorted(maps.Keys(c.texts[VI])) }

// Missing returns how often each key was asked for and not found; a test of the pages fails if it
// is not empty.
func (c *Catalog) Missing() map[string]int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return maps.Clone(c.missing)
}

// Text returns the text of the key in the language with its values put in. args are pairs of name
// and value, or one map[string]any as a fault carries them. A missing key is returned as it is.
func (c *Catalog) Text(lang, key string, args ...any) string {
	if c == nil {
		return key
	}
	m, ok := c.texts[lang][key]
	if !ok {
		m, ok = c.texts[VI][key]
	}
	if !ok {
		c.mu.Lock()
		if _, known := c.missing[key]; known || len(c.missing) < missingLimit {
			c.missing[key]++
		}
		c.mu.Unlock()
		return key
	}
	return m.render(lang, args)
}

type ctxKey struct{}

type setting struct {
	cat  *Catalog
	lang string
}

// With returns a context whose texts come from cat in the given language; an unknown language
// counts as Vietnamese.
func With(ctx context.Context, cat *Catalog, lang string) context.Context {
	if lang != EN {
		lang = VI
	}
	return context.WithValue(ctx, ctxKey{}, setting{cat, lang})
}

// Lang returns the language of ctx, "vi" if none was set.
func Lang(ctx context.Context) string {
	if s, ok := ctx.Value(ctxKey{}).(setting); ok {
		return s.lang
	}
	return VI
}

// From returns the catalogue of ctx, or nil.
func From(ctx context.Context) *Catalog {
	s, _ := ctx.Value(ctxKey{}).(setting)
	return s.cat
}

// T returns the text of the key in the language of ctx; see Catalog.Text. Integers and floats are
// written as the language writes numbers, so years and codes are passed as strings.
func T(ctx context.Context, key string, args ...any) string {
	return From(ctx).Text(Lang(ctx), key, args...)
}

// Path returns the address of a page in the language of ctx: "/x" in Vietnamese, "/en/x" in
// English. Other addresses (files, the API, other hosts, fragments) are returned unchanged.
func Path(ctx context.Context, p string) string { return PathIn(Lang(ctx), p) }

// PathIn is Path for a given language.
func PathIn(lang, p string) string {
	if lang != EN || !strings.HasPrefix(p, "/") || strings.HasPrefix(p, "//") {
		return p
	}
	for _, neutral := range []string{"/static/", "/api/", "/en/"} {
		if strings.HasPrefix(p, neutral) {
			return p
		}
	}
	if p == "/en" {
		return p
	}
	if p == "/" {
		return "/en"
	}
	if strings.HasPrefix(p, "/?") || strings.HasPrefix(p, "/#") {
		return "/en" + p[1:]
	}
	return "/en" + p
}
