package procedure

// ServiceLevels counts procedures by the level of their online service (decree 43/2011/NĐ-CP): at
// level 3 people file online, at level 4 they also pay online and may have the result sent.
type ServiceLevels struct {
	All, Three, Four int
}

// ServiceLevels counts the published procedures.
func (c *Catalogue) ServiceLevels() ServiceLevels {
	l := ServiceLevels{All: len(c.entries)}
	for _, e := range c.entries {
		switch e.Level {
		case 3:
			l.Three++
		case 4:
			l.Four++
		}
	}
	return l
}

// Share34 returns the share of procedures at level 3 or 4 in hundredths of a percent, rounded half
// up; ok is false for an empty catalogue.
func (l ServiceLevels) Share34() (share int, ok bool) { return l.share(l.Three + l.Four) }

// Share4 returns the share of procedures at level 4 in hundredths of a percent, rounded half up;
// ok is false for an empty catalogue.
func (l ServiceLevels) Share4() (share int, ok bool) { return l.share(l.Four) }

func (l ServiceLevels) share(n int) (int, bool) {
	if l.All == 0 {
		return 0, false
	}
	return (n*20000 + l.All) / (l.All * 2), true
}
