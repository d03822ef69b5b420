package procedure

import (
	"context"

	"lienthong/internal/kit/id"
	"lienthong/internal/module/org"
)

// TreeUnits answers Units from the organisation's tree of today.
type TreeUnits struct {
	Org interface {
		Tree(ctx context.Context) (*org.Tree, error)
	}
}

// Unit returns the unit with the id.
func (t TreeUnits) Unit(ctx context.Context, unit id.ID) (Unit, bool, error) {
	tree, err := t.Org.Tree(ctx)
	if err != nil {
		return Unit{}, false, err
	}
	u, ok := tree.Unit(unit)
	if !ok {
		return Unit{}, false, nil
	}
	return fromOrg(u), true, nil
}

// UnitByKey returns the unit with the stable key.
func (t TreeUnits) UnitByKey(ctx context.Context, key string) (Unit, bool, error) {
	tree, err := t.Org.Tree(ctx)
	if err != nil {
		return Unit{}, false, err
	}
	u, ok := tree.ByKey(key)
	if !ok {
		return Unit{}, false, nil
	}
	return fromOrg(u), true, nil
}

// UnitsOfKind returns the units of the kind.
func (t TreeUnits) UnitsOfKind(ctx context.Context, kind string) ([]Unit, error) {
	tree, err := t.Org.Tree(ctx)
	if err != nil {
		return nil, err
	}
	var out []Unit
	for _, u := range tree.OfKind(kind) {
		out = append(out, fromOrg(u))
	}
	return out, nil
}

func fromOrg(u *org.Unit) Unit {
	return Unit{ID: u.ID, Key: u.Key, Kind: u.Kind, Name: u.Name, NameEN: u.NameEN, Parent: u.Parent}
}
