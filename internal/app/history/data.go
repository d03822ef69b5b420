// Package history makes up the years before the program: individual dossiers, invented but whole,
// of which there are exactly as many as the province has published for each year. It plans from
// data of the province pack (demo/history.json) and a seed, so a run that was cut off goes on where
// it stopped and ends with the same numbers; dossier.Past writes what is planned.
//
// What is published is the number of dossiers received and processed in each period, and how many
// of them came online or arose on sector systems. Everything else — which agency, which procedure,
// which day, who, how long and how it ended — is made up by weights that the data file calls
// assumed. Within each part of the plan as many dossiers are finished as were received, which is
// the only way in which both published figures can be the same year after year.
package history

import (
	"encoding/json"
	"fmt"
	"io/fs"

	"lienthong/internal/kit/civil"
)

// Period is a time and how many dossiers were received and processed in it.
type Period struct {
	From     civil.Date `json:"from"`
	To       civil.Date `json:"to"` // inclusive
	Received int64      `json:"received"`
	Online   int64      `json:"online"` // of these, online or on sector systems
}

// Periods are periods with where they come from.
type Periods struct {
	Source  string   `json:"source"`
	Status  string   `json:"status"`
	Periods []Period `json:"periods"`
}

// Assumed is a value that was chosen for the demonstration, with a sentence about it.
type Assumed[T any] struct {
	Value  T      `json:"value"`
	Source string `json:"source"`
	Status string `json:"status"`
}

// Data is a pack's history. Weights are relative; shares are between 0 and 1.
type Data struct {
	Demo      bool    `json:"demo"`
	Note      string  `json:"note"`
	Seed      int64   `json:"seed"`
	Published Periods `json:"published"`
	Parts     Periods `json:"parts"` // in each of them all that is received is finished

	Months   Assumed[[12]float64] `json:"months"`   // from January
	Weekdays Assumed[[7]float64]  `json:"weekdays"` // from Sunday
	Tet      Assumed[struct {
		Before       int     `json:"before"` // days
		BeforeFactor float64 `json:"before_factor"`
		After        int     `json:"after"` // days
		AfterFactor  float64 `json:"after_factor"`
	}] `json:"tet"`
	PostShare    Assumed[float64]            `json:"post_share"`    // of those not online
	SectorShare  Assumed[float64]            `json:"sector_share"`  // of those online
	SectorFields Assumed[[]string]           `json:"sector_fields"` // fields that have a system of their sector
	Kinds        Assumed[map[string]float64] `json:"kinds"`         // kinds of agencies but communes
	Communes     Assumed[[]struct {
		Prefix string  `json:"prefix"` // of the name of the area
		Weight float64 `json:"weight"`
	}] `json:"communes"`
	Procedures Assumed[map[string]float64] `json:"procedures"`
	Other      Assumed[float64]            `json:"other_procedures"` // weight of procedures without one
	Outcomes   Assumed[Outcomes]           `json:"outcomes"`
	Names      struct {
		Family []string `json:"family"`
		Male   []string `json:"male"`
		Female []string `json:"female"`
		Source string   `json:"source"`
		Status string   `json:"status"`
	} `json:"names"`
}

// Outcomes are the shares of lives in which something happens beside the straight way.
type Outcomes struct {
	Late   float64 `json:"late"`
	Ask    float64 `json:"ask"`    // papers are asked for during the examination
	Early  float64 `json:"early"`  // the same before receipt, online
	Back   float64 `json:"back"`   // sent back for rework
	Extend float64 `json:"extend"` // put off
	Duty   float64 `json:"duty"`   // of the procedures that know one
}

// File is where a pack keeps its history.
const File = "demo/history.json"

// Read reads the pack's history and checks that its parts add up to what is published.
func Read(pack fs.FS) (*Data, error) {
	b, err := fs.ReadFile(pack, File)
	if err != nil {
		return nil, fmt.Errorf("the pack has no history: %w", err)
	}
	var d Data
	if err := json.Unmarshal(b, &d); err != nil {
		return nil, fmt.Errorf("%s: %w", File, err)
	}
	if !d.Demo {
		return nil, fmt.Errorf("%s is not marked as invented", File)
	}
	if len(d.Names.Family) == 0 || len(d.Names.Male) == 0 || len(d.Names.Female) == 0 || len(d.Parts.Periods) == 0 {
		return nil, fmt.Errorf("%s lacks names or parts", File)
	}
	for _, p := range d.Published.Periods {
		var received, online int64
		for _, x := range d.Parts.Periods {
			switch {
			case x.From >= p.From && x.To <= p.To:
				received, online = received+x.Received, online+x.Online
			case x.From <= p.To && x.To >= p.From:
				return nil, fmt.Errorf("%s: the part from %s lies in two published periods", File, x.From)
			}
			if x.Online > x.Received || x.To < x.From {
				return nil, fmt.Errorf("%s: the part from %s is impossible", File, x.From)
			}
		}
		if received != p.Received || online != p.Online {
			return nil, fmt.Errorf("%s: the parts from %s on have %d dossiers, %d online; published are %d and %d", File, p.From,
				received, online, p.Received, p.Online)
		}
	}
	return &d, nil
}

// Total returns how many dossiers the history has.
func (d *Data) Total() (n int64) {
	for _, p := range d.Parts.Periods {
		n += p.Received
	}
	return n
}
