package dossier

import (
	"slices"

	"lienthong/internal/kit/actor"
	"lienthong/internal/kit/id"
)

// Permissions of this module.
const (
	PermRead    = "dossier.read"
	PermReceive = "dossier.receive"
	PermProcess = "dossier.process"
	PermAssign  = "dossier.assign"
	PermApprove = "dossier.approve"
	PermNumber  = "dossier.number"
	PermFee     = "fee.collect"
	PermStats   = "stats.read"
)

// rolePerms says which permission a task's role asks for.
var rolePerms = map[string]string{
	"receiver": PermReceive, "specialist": PermProcess, "division_head": PermAssign,
	"leader": PermApprove, "clerk": PermNumber, "cashier": PermFee,
}

// PermFor returns the permission that the work of a role needs; an unknown role's work needs one
// that nobody has.
func PermFor(role string) string {
	if p := rolePerms[role]; p != "" {
		return p
	}
	return "dossier.role." + role
}

// MayWork tells whether the actor may do the task: the role's permission at the task's agency,
// and in the task's division unless one side stands for the whole agency.
func MayWork(a actor.Actor, t *Task) bool { return mayAtTask(a, PermFor(t.Role), t) }

// MayAssign tells whether the actor may give the task to somebody: whoever holds it now, the head
// of its division, and a leader. The head of one division does not order another's work.
func MayAssign(a actor.Actor, t *Task) bool {
	return mayAtTask(a, PermAssign, t) || mayAtTask(a, PermApprove, t) || !t.Assignee.Zero() && t.Assignee == a.Account
}

// MayTakeBack tells whether the actor may take back what ending the task passed on: whoever ended
// it, and those who order the work of its division.
func MayTakeBack(a actor.Actor, t *Task) bool {
	if !t.DoneBy.Zero() && t.DoneBy == a.Account {
		return true
	}
	for _, perm := range []string{PermAssign, PermApprove} {
		// The head of one division orders no work that lies with the whole agency, such as the counter's.
		if units, whole := a.Units(perm, t.Agency); !t.Agency.Zero() && (whole || slices.Contains(units, t.Unit)) {
			return true
		}
	}
	return false
}

// mayAtTask tells whether the actor holds the permission where the task lies: at its agency, and
// in its division if the permission is limited to one.
func mayAtTask(a actor.Actor, perm string, t *Task) bool {
	if t.Agency.Zero() {
		return false
	}
	units, whole := a.Units(perm, t.Agency)
	return whole || len(units) > 0 && (t.Unit == t.Agency && !wholeOnly(perm) || slices.Contains(units, t.Unit) || slices.Contains(units, t.Agency))
}

// wholeOnly tells whether work that lies with the agency as a whole is closed to those who hold
// the permission in one division only: the head of the commune's police does not sign for its
// chairman. Other work of the whole agency anybody with the role may take.
func wholeOnly(perm string) bool { return perm == PermApprove }

// worker returns the name under which one of the posts may do the task; "" if none may.
func worker(posts []Held, t *Task) string {
	for _, p := range posts {
		if p.Role == t.Role && p.Agency == t.Agency && (p.Unit == t.Unit || p.Unit == p.Agency ||
			t.Unit == t.Agency && !wholeOnly(PermFor(t.Role))) {
			return p.Name
		}
	}
	return ""
}

// MayRead tells whether an official may see a dossier in which these agencies take part. Lists
// use the same rule through readFilter.
func MayRead(a actor.Actor, parties []id.ID) bool {
	if a.Kind != actor.Staff && a.Kind != actor.Token && a.Kind != actor.SystemKind {
		return false
	}
	return slices.ContainsFunc(parties, func(p id.ID) bool { return a.MayAt(PermRead, p) })
}

// Owns tells whether the dossier is the citizen's own.
func Owns(a actor.Actor, d *Dossier) bool {
	return !a.Account.Zero() && (a.Kind == actor.Citizen || a.Kind == actor.Token) && d.Account == a.Account
}

// MaySeePersonal tells whether a citizen is known well enough to get results with personal data:
// an official saw the card, or an identity provider vouched for it.
func MaySeePersonal(a actor.Actor) bool { return a.Assurance >= 2 }
