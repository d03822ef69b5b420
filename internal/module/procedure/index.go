package procedure

import (
	"math"
	"slices"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"lienthong/internal/kit/text"
)

// The index finds procedures by the words people use. Vietnamese writes a space after every
// syllable, so a "word" is mostly two of them: the index therefore knows single syllables and
// pairs of neighbours, and pairs weigh more. Text is folded (no marks), so that both "sổ đỏ" and
// "so do" are found; a query with marks prefers texts with the same marks.

// Places of a word, from the one that says most to the one that says least.
const (
	inName = iota
	inKeyword
	inResult
	inField
	inDescription
	places
)

func placeWeight(place int) float64 {
	return [places]float64{10, 7, 4, 3, 1.5}[place]
}

// posting says where in one entry a word occurs.
type posting struct {
	doc   int32
	where uint8 // bit per place
}

// index is immutable after newIndex.
type index struct {
	n      int
	single map[string][]posting // folded syllable
	pair   map[string][]posting // two folded neighbours, "khai sinh"
	marked map[string][]posting // syllable with its marks, lower case
	exact  map[string][]posting // a whole name or keyword, folded
	words  []string             // the folded syllables of 5 letters or more, for typing mistakes
	names  []int                // number of syllables of each entry's name
}

func newIndex(entries []*Entry) *index {
	x := &index{n: len(entries), single: map[string][]posting{}, pair: map[string][]posting{},
		marked: map[string][]posting{}, exact: map[string][]posting{}, names: make([]int, len(entries))}
	for i, e := range entries {
		doc := int32(i)
		x.add(doc, inName, e.Name)
		x.add(doc, inName, e.NameEN)
		x.names[i] = len(strings.Fields(e.sortKey))
		for _, k := range e.keywords {
			x.add(doc, inKeyword, k)
		}
		for _, r := range e.results {
			x.add(doc, inResult, r)
		}
		x.add(doc, inField, e.Field.Name)
		x.add(doc, inDescription, e.Description)
		put(x.exact, text.Fold(e.Code), doc, inName)
	}
	for w := range x.single {
		if len(w) >= typoLength {
			x.words = append(x.words, w)
		}
	}
	slices.Sort(x.words)
	return x
}

func (x *index) add(doc int32, place int, s string) {
	folded := strings.Fields(text.Fold(s))
	if len(folded) == 0 {
		return
	}
	for i, w := range folded {
		put(x.single, w, doc, place)
		if i > 0 {
			put(x.pair, folded[i-1]+" "+w, doc, place)
		}
	}
	for _, w := range syllables(s) {
		put(x.marked, w, doc, place)
	}
	if place == inName || place == inKeyword {
		put(x.exact, strings.Join(folded, " "), doc, place)
		// "Thủ tục đăng ký khai sinh" is looked for as "đăng ký khai sinh".
		if rest, ok := strings.CutPrefix(strings.Join(folded, " "), "thu tuc "); ok {
			put(x.exact, rest, doc, place)
		}
	}
}

// put notes the place. Entries are added in order, so an entry's posting is the last of its list.
func put(m map[string][]posting, w string, doc int32, place int) {
	l := m[w]
	if n := len(l); n > 0 && l[n-1].doc == doc {
		l[n-1].where |= 1 << place
		return
	}
	m[w] = append(l, posting{doc, 1 << place})
}

// syllables returns the words of s with their marks, in lower case and NFC.
func syllables(s string) []string {
	return strings.FieldsFunc(strings.ToLower(norm.NFC.String(s)), func(r rune) bool {
		return !('a' <= r && r <= 'z' || '0' <= r && r <= '9' || r >= 0x80)
	})
}

const (
	typoLength = 5  // letters from which a mistake of one letter is forgiven
	maxWords   = 16 // of a query; more words make a question no clearer
	maxQuery   = 200
)

// Weights of the parts of a score. A pair of neighbouring syllables is nearly always a word; a
// lone syllable is often chance.
const (
	weightSingle = 0.4
	weightPair   = 1.0
	weightMarks  = 0.4
	weightExact  = 30
	weightTypo   = 0.7
)

// keepShare is the share of the best score below which a match is noise.
const keepShare = 0.3

// scored is an entry that matches a query.
type scored struct {
	doc   int32
	score float64
}

// filler tells which folded syllables people put around what they look for. They are still
// counted, but little: "cho" is also chợ (market) and "lam" also lâm (forestry).
func filler(w string) bool {
	switch w {
	case "toi", "minh", "em", "muon", "can", "xin", "lam", "cho", "de", "o", "dau", "the", "nao", "nhu",
		"la", "gi", "cua", "va", "voi", "tai", "thu", "tuc", "cac", "nhung", "duoc", "phai", "bi", "cach", "ve",
		"how", "to", "a", "an", "for", "of", "do", "i", "my":
		return true
	}
	return false
}

// search returns the entries that match the query, the best first. A query without any word
// matches nothing.
func (x *index) search(query string) []scored {
	if len(query) > maxQuery {
		query = strings.ToValidUTF8(query[:maxQuery], "")
	}
	words := strings.Fields(text.Fold(query))
	if len(words) == 0 || x.n == 0 {
		return nil
	}
	whole := strings.Join(words, " ")
	words = words[:min(len(words), maxWords)]
	scores := make([]float64, x.n)

	known := make([][]string, len(words)) // what stands in the index for each word of the query
	for i, w := range words {
		known[i] = x.alternatives(w)
		for _, a := range known[i] {
			weight := weightSingle
			if a != w {
				weight *= weightTypo
			}
			if filler(a) {
				weight *= 0.2
			}
			x.score(scores, x.single[a], weight)
			if i == 0 {
				continue
			}
			for _, b := range known[i-1] {
				weight := float64(weightPair)
				if a != w || b != words[i-1] {
					weight *= weightTypo
				}
				if filler(a) && filler(b) {
					weight *= 0.5
				}
				x.score(scores, x.pair[b+" "+a], weight)
			}
		}
		// Words typed together: "khaisinh".
		if len(known[i]) == 0 {
			if a, b, ok := x.split(w); ok {
				x.score(scores, x.pair[a+" "+b], weightPair*weightTypo)
			}
		}
	}
	for _, w := range syllables(query) {
		if utf8.RuneCountInString(w) < len(w) && !filler(text.Fold(w)) { // it has marks, so they are meant
			x.score(scores, x.marked[w], weightMarks)
		}
	}
	for _, p := range x.exact[whole] {
		scores[p.doc] += weightExact
		if p.where&(1<<inName) != 0 {
			scores[p.doc] += weightExact
		}
	}
	return x.ranked(scores)
}

// score adds to every entry of the postings what the word is worth there: rare words say more,
// and the best place counts fully, further places a little.
func (x *index) score(scores []float64, list []posting, weight float64) {
	if len(list) == 0 || weight == 0 {
		return
	}
	rare := math.Log(1 + float64(x.n)/float64(len(list)))
	for _, p := range list {
		best, rest := 0.0, 0.0
		for place := range places {
			if p.where&(1<<place) == 0 {
				continue
			}
			w := placeWeight(place)
			if w > best {
				best, rest = w, rest+best
			} else {
				rest += w
			}
		}
		scores[p.doc] += weight * rare * (best + 0.2*rest)
	}
}

// ranked returns the entries worth showing, the best first; of equals the shorter name first.
func (x *index) ranked(scores []float64) []scored {
	best := slices.Max(scores)
	if best <= 0 {
		return nil
	}
	var out []scored
	for doc, s := range scores {
		if s >= best*keepShare {
			out = append(out, scored{int32(doc), s})
		}
	}
	slices.SortFunc(out, func(a, b scored) int {
		switch {
		case a.score > b.score:
			return -1
		case a.score < b.score:
			return 1
		}
		if n := x.names[a.doc] - x.names[b.doc]; n != 0 {
			return n
		}
		return int(a.doc - b.doc)
	})
	return out
}

// alternatives returns the word if the index has it, else what it may have been meant to be.
func (x *index) alternatives(w string) []string {
	if _, ok := x.single[w]; ok {
		return []string{w}
	}
	if len(w) < typoLength || len(w) > 40 {
		return nil
	}
	var out []string
	for _, k := range x.words {
		if oneEdit(w, k) {
			out = append(out, k)
			if len(out) == 4 {
				break
			}
		}
	}
	return out
}

// split finds two known neighbours that were typed without a space.
func (x *index) split(w string) (a, b string, ok bool) {
	if len(w) > 40 {
		return "", "", false
	}
	most := 0
	for i := 1; i < len(w); i++ {
		if !utf8.RuneStart(w[i]) {
			continue
		}
		if n := len(x.pair[w[:i]+" "+w[i:]]); n > most {
			a, b, ok, most = w[:i], w[i:], true, n
		}
	}
	return a, b, ok
}

// oneEdit tells whether a becomes b by one letter added, removed or changed, or by exchanging two
// neighbours (the usual slip of two thumbs).
func oneEdit(a, b string) bool {
	if len(a) > len(b) {
		a, b = b, a
	}
	if len(b)-len(a) > 1 {
		return false
	}
	i := 0
	for i < len(a) && a[i] == b[i] {
		i++
	}
	if len(a) < len(b) {
		return a[i:] == b[i+1:]
	}
	if i == len(a) {
		return false // equal
	}
	if a[i+1:] == b[i+1:] {
		return true
	}
	return i+1 < len(a) && a[i] == b[i+1] && a[i+1] == b[i] && a[i+2:] == b[i+2:]
}
