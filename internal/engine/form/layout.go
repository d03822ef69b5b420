package form

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"strings"

	"lienthong/internal/kit/text"
)

// layoutFile is layout.json. Source and Status say where its content comes from, as for all data
// of a pack; the engine carries them along and does not judge them.
type layoutFile struct {
	Title  Text                      `json:"title"`
	Source string                    `json:"source"`
	Status string                    `json:"status"`
	Lists  map[string][]layoutOption `json:"lists"` // options that several fields share
	Pages  []layoutPage              `json:"pages"`
}

type layoutPage struct {
	ID     string        `json:"id"`
	Title  Text          `json:"title"`
	Intro  Text          `json:"intro"`
	When   *layoutCond   `json:"when"`
	Fields []layoutField `json:"fields"`
}

type layoutField struct {
	Path         string         `json:"path"`
	Label        Text           `json:"label"`
	Help         Text           `json:"help"`
	Widget       Widget         `json:"widget"`
	Options      []layoutOption `json:"options"`
	List         string         `json:"list"`    // a name in Lists, instead of Options
	Prefill      string         `json:"prefill"` // a source, or the path of an earlier field
	PrefillWhen  *layoutCond    `json:"prefill_when"`
	When         *layoutCond    `json:"when"`
	Autocomplete string         `json:"autocomplete"`
	Suffix       Text           `json:"suffix"`
	NotBefore    string         `json:"not_before"` // path of another date
	Ages         []layoutAge    `json:"ages"`       // ages this date of birth must have reached
	Repeat       *layoutRepeat  `json:"repeat"`
}

// layoutAge is a least age in whole years on the day of validation. Unlike other conditions this one
// may look at any field, also a later one.
type layoutAge struct {
	Min  int         `json:"min"`
	When *layoutCond `json:"when"`
}

type layoutOption struct {
	Value any  `json:"value"`
	Label Text `json:"label"`
}

type layoutRepeat struct {
	Min    int           `json:"min"`
	Max    int           `json:"max"`
	Item   Text          `json:"item"`
	Fields []layoutField `json:"fields"`
}

// readLayout reads layout.json strictly: a misspelt key is an error, not a silent difference.
func readLayout(raw []byte) (*layoutFile, error) {
	lim := limits{bytes: maxDefinitionBytes, depth: maxDepth, nodes: maxNodes}
	if _, err := decodeStrict(raw, lim); err != nil {
		return nil, err
	}
	d := json.NewDecoder(bytes.NewReader(raw))
	d.DisallowUnknownFields()
	var l layoutFile
	if err := d.Decode(&l); err != nil {
		return nil, err
	}
	return &l, nil
}

var (
	idRE      = regexp.MustCompile(`^[a-z][a-z0-9-]{0,39}$`)
	prefillRE = regexp.MustCompile(`^(account|agency|dossier|register)(\.[a-z][a-z0-9_]{0,39}){1,4}$`)
	autoRE    = regexp.MustCompile(`^[a-z0-9-]+( [a-z0-9-]+){0,3}$`)
)

// checkText returns a cleaned copy of a text, or an error if it has no Vietnamese or another
// language than vi and en, or is longer than max characters.
func checkText(what string, t Text, max int, needed bool) (Text, error) {
	if len(t) == 0 && !needed {
		return nil, nil
	}
	out := Text{}
	for lang, s := range t {
		if lang != "vi" && lang != "en" {
			return nil, fmt.Errorf("%s has the unknown language %.20q", what, lang)
		}
		s = text.Clean(s)
		if n := len([]rune(s)); n > max {
			return nil, fmt.Errorf("%s has %d characters, more than %d", what, n, max)
		}
		if s != "" {
			out[lang] = s
		}
	}
	if out["vi"] == "" {
		return nil, fmt.Errorf("%s has no Vietnamese text", what)
	}
	return out, nil
}

// optionValue returns the posted text of an option's value.
func optionValue(v any) (string, error) {
	switch v := scalar(v).(type) {
	case string:
		if v == "" || v != text.Line(v) || len(v) > 200 {
			return "", fmt.Errorf("option value %.60q is empty, untidy or too long", v)
		}
		return v, nil
	case bool, float64:
		return fmt.Sprint(v), nil
	}
	return "", errors.New("an option has no value")
}

// pointerOf checks a layout path and returns its segments.
func pointerOf(path string) ([]string, error) {
	segs, ok := split(path)
	if !ok || len(segs) == 0 || len(segs) > 8 || len(path) > 200 {
		return nil, fmt.Errorf("%.80q is no JSON pointer to a field", path)
	}
	for _, s := range segs {
		if s == "" || s == "*" || s[0] == '_' || strings.Trim(s, "0123456789") == "" {
			return nil, fmt.Errorf("%.80q names no property", path)
		}
	}
	return segs, nil
}
