package dossierapi

import (
	"lienthong/internal/engine/worktime"
	"lienthong/internal/module/dossier"
)

// DossierClock explains the date.
type DossierClock struct {
	Term  string        `json:"term,omitempty" example:"3 ngày làm việc"`
	Short string        `json:"short,omitempty" doc:"One sentence for the applicant."`
	Lines []string      `json:"lines,omitempty" doc:"The full account: what was counted, which days were skipped and why."`
	Rules *DossierRules `json:"rules,omitempty"`
}

// DossierRules is the rule set a dossier's term is counted under: the one in force when it was received.
type DossierRules struct {
	Key     string   `json:"key" example:"nd118-2025"`
	Source  string   `json:"source"`
	Unknown []string `json:"unknown,omitempty" doc:"What no text is at hand for; counted as under the rules before."`
}

// showClock explains a dossier's date as far as anybody with its keys may know it.
func (a *api) showClock(lang string, v *dossier.View) DossierClock {
	var c DossierClock
	if v.Term.N == 0 {
		return c
	}
	c.Term = v.Term.Text(lang)
	if len(v.Dossier.Clock) == 0 {
		return c
	}
	c.Short, c.Lines = worktime.Explain(v.Clock, lang)
	if r, ok := a.s.RuleSet(v.Clock.Rules); ok {
		c.Rules = &DossierRules{Key: r.Key, Source: r.Source, Unknown: r.Unknown}
	}
	return c
}
