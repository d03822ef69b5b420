package province

import (
	"context"

	"lienthong/internal/kit/id"
	"lienthong/internal/module/org"
	"lienthong/internal/module/procedure"
)

// Units answers the procedure catalogue's questions about agencies from the organisation of today.
type Units struct{ Org *org.Service }

func unitOf(u *org.Unit) procedure.Unit {
	return procedure.Unit{ID: u.ID, Key: u.Key, Kind: u.Kind, Name: u.Name, NameEN: u.NameEN, Parent: u.Parent}
}

// Unit returns the unit with the id.
func (u Units) Unit(ctx context.Context, unit id.ID) (procedure.Unit, bool, error) {
	t, err := u.Org.Tree(ctx)
	if err != nil {
		return procedure.Unit{}, false, err
	}
	x, ok := t.Unit(unit)
	if !ok {
		return procedure.Unit{}, false, nil
	}
	return unitOf(x), true, nil
}

// UnitByKey returns the unit with the key.
func (u Units) UnitByKey(ctx context.Context, key string) (procedure.Unit, bool, error) {
	t, err := u.Org.Tree(ctx)
	if err != nil {
		return procedure.Unit{}, false, err
	}
	x, ok := t.ByKey(key)
	if !ok {
		return procedure.Unit{}, false, nil
	}
	return unitOf(x), true, nil
}

// UnitsOfKind returns every unit of the kind.
func (u Units) UnitsOfKind(ctx context.Context, kind string) ([]procedure.Unit, error) {
	t, err := u.Org.Tree(ctx)
	if err != nil {
		return nil, err
	}
	var out []procedure.Unit
	for _, x := range t.Units() {
		if x.Kind == kind {
			out = append(out, unitOf(x))
		}
	}
	return out, nil
}
