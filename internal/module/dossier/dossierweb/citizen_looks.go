package dossierweb

import (
	"context"

	"lienthong/internal/kit/civil"
	"lienthong/internal/kit/i18n"
	"lienthong/internal/kit/id"
	"lienthong/internal/module/dossier"
)

// The ways of looking at a dossier that its owner is told about.
const (
	LookedAtDossier = "read"   // its page was opened
	LookedAtFile    = "file"   // one of its files was opened
	TookResult      = "result" // the result was taken with the code of the receipt
	LookedByPaper   = "paper"  // its state was seen with the digits of the paper and a one-time code
)

// Look is one time somebody else looked at a dossier.
type Look = dossier.Look

// Looks tells who looked at a dossier.
type Looks = dossier.Looks

// Lines proves rows of the ledger to the owner of a dossier.
type Lines = dossier.Lines

// lookLine is what a citizen reads about one person's looks of one kind on one day.
type lookLine struct {
	at, who, post, what string
	n                   int
}

// looksShown is how many lines stand open on the page; the others unfold.
const looksShown = 5

// looksOf tells an owner who looked at the dossier. Looks of one person on one day are one line,
// because every return to a page is a look of its own in the ledger.
func (h citizen) looksOf(ctx context.Context, of id.ID) ([]lookLine, error) {
	if h.Looks == nil {
		return nil, nil
	}
	list, err := h.Looks.WhoLooked(ctx, of)
	if err != nil {
		return nil, err
	}
	type key struct {
		who  id.ID
		what string
		post string
		day  civil.Date
	}
	seen := map[key]int{}
	var out []lookLine
	for _, l := range list {
		k := key{l.Who, l.What, l.Agency + l.Unit + l.Post, civil.From(l.At)}
		if i, ok := seen[k]; ok {
			out[i].n++
			continue
		}
		seen[k] = len(out)
		line := lookLine{at: i18n.DateTime(ctx, l.At), post: l.Post, n: 1, what: tr(ctx, "looks."+l.What), who: lookedFrom(ctx, l)}
		if l.Program {
			line.post = tr(ctx, "looks.program")
		}
		out = append(out, line)
	}
	return out, nil
}

// lookedFrom names the office that looked, or how somebody who is no official came to look.
func lookedFrom(ctx context.Context, l Look) string {
	switch {
	case l.What == LookedByPaper:
		return tr(ctx, "looks.by_paper")
	case l.Agency == "":
		return tr(ctx, "looks.by_code")
	case l.Unit != "":
		return l.Unit + ", " + l.Agency
	}
	return l.Agency
}
