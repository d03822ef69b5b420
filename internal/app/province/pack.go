// Package province takes a province pack over: agencies, calendar and what pack.json says about
// the province as a whole.
package province

import (
	"context"
	"encoding/json"
	"fmt"
	"io/fs"
	"maps"
	"slices"
	"strings"

	"lienthong/internal/engine/worktime"
	"lienthong/internal/kit/actor"
	"lienthong/internal/kit/fault"
	"lienthong/internal/kit/i18n"
	"lienthong/internal/module/org"
)

// Info is what pack.json says about the province as a whole.
type Info struct {
	Key      string `json:"key"`
	Province struct {
		Name   i18n.Text `json:"name"`
		Portal i18n.Text `json:"portal"`
		Area   string    `json:"area"`
		Unit   string    `json:"unit"`
	} `json:"province"`
	CodeTemplate string            `json:"code_template"`
	Regime       string            `json:"regime"`
	Counters     map[string]string `json:"counters"` // kind of a deciding agency -> key of the agency that receives for it
	Rules        []worktime.Rules  `json:"rules"`
	LifeEvents   []struct {
		Key  string    `json:"key"`
		Name i18n.Text `json:"name"`
	} `json:"life_events"`
}

// ReadPack reads pack.json.
func ReadPack(pack fs.FS) (Info, error) {
	var p Info
	raw, err := fs.ReadFile(pack, "pack.json")
	if err != nil {
		return p, err
	}
	if err := json.Unmarshal(raw, &p); err != nil {
		return p, fmt.Errorf("pack.json: %w", err)
	}
	if p.Province.Unit == "" || p.CodeTemplate == "" {
		return p, fmt.Errorf("pack.json names no province unit or no code template")
	}
	for i := range p.Rules {
		if err := p.Rules[i].Check(); err != nil {
			return p, fmt.Errorf("pack.json: %w", err)
		}
	}
	p.Rules = worktime.Complete(p.Rules)
	return p, nil
}

// LoadOrg takes a pack's agencies and calendar over. It may be run at every start.
func LoadOrg(ctx context.Context, pack fs.FS, o *org.Service) error {
	raw, err := fs.ReadFile(pack, "org.json")
	if err != nil {
		return err
	}
	if _, err := o.ImportPack(ctx, raw); err != nil {
		return rows("org.json", err)
	}
	if raw, err = fs.ReadFile(pack, "calendar.json"); err != nil {
		return err
	}
	p, err := ReadPack(pack)
	if err != nil {
		return err
	}
	if err := o.ImportCalendar(ctx, actor.From(ctx), p.Province.Unit, raw); err != nil {
		return rows("calendar.json", err)
	}
	return nil
}

// maxTold is how many wrong places of a file are told at once.
const maxTold = 20

// rows names the file and every place in it that is wrong, for whoever starts the program with it.
func rows(file string, err error) error {
	f := fault.As(err)
	if f == nil || len(f.Fields) == 0 {
		return fmt.Errorf("%s: %w", file, err)
	}
	var b strings.Builder
	for i, p := range f.Fields {
		if i == maxTold {
			fmt.Fprintf(&b, "\n  and %d more", len(f.Fields)-maxTold)
			break
		}
		fmt.Fprintf(&b, "\n  %s: %s", p.Path, p.Key)
		for _, k := range slices.Sorted(maps.Keys(p.Args)) {
			fmt.Fprintf(&b, " %s=%v", k, p.Args[k])
		}
	}
	return fmt.Errorf("%s: %d places are wrong:%s\n%w", file, len(f.Fields), b.String(), err)
}
