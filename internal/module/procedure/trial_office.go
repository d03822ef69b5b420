package procedure

import (
	"context"

	"lienthong/internal/engine/worktime"
	"lienthong/internal/kit/civil"
	"lienthong/internal/kit/id"
	"lienthong/internal/module/org"
)

// OrgOffice answers TrialOffice from the organisation of today.
type OrgOffice struct {
	Org interface {
		Tree(ctx context.Context) (*org.Tree, error)
		Today() civil.Date
		Calendar(ctx context.Context, unit id.ID) (*worktime.Calendar, error)
		Holders(ctx context.Context, units []id.ID, role string, on civil.Date) ([]org.Holder, error)
	}
}

// Agencies returns every agency.
func (o OrgOffice) Agencies(ctx context.Context) ([]Unit, error) {
	tree, err := o.Org.Tree(ctx)
	if err != nil {
		return nil, err
	}
	var out []Unit
	for _, u := range tree.Units() {
		if u.Kind != org.Division {
			out = append(out, fromOrg(u))
		}
	}
	return out, nil
}

// Calendar returns how time is counted at the agency.
func (o OrgOffice) Calendar(ctx context.Context, agency id.ID) (*worktime.Calendar, error) {
	return o.Org.Calendar(ctx, agency)
}

// People counts the people, not the positions, that hold the role.
func (o OrgOffice) People(ctx context.Context, agency id.ID, division, role string) (int, error) {
	tree, err := o.Org.Tree(ctx)
	if err != nil {
		return 0, err
	}
	if u, ok := tree.Division(agency, division); ok {
		n, err := o.count(ctx, []id.ID{u.ID}, role)
		if err != nil || n > 0 {
			return n, err
		}
	}
	units := []id.ID{agency}
	for _, u := range tree.Subtree(agency) {
		if a := tree.Agency(u); a != nil && a.ID == agency && u != agency {
			units = append(units, u)
		}
	}
	return o.count(ctx, units, role)
}

func (o OrgOffice) count(ctx context.Context, units []id.ID, role string) (int, error) {
	list, err := o.Org.Holders(ctx, units, role, o.Org.Today())
	if err != nil {
		return 0, err
	}
	people := map[id.ID]bool{}
	for _, h := range list {
		people[h.Person.ID] = true
	}
	return len(people), nil
}
