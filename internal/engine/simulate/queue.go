package simulate

import (
	"container/heap"
	"slices"
	"time"

	"lienthong/internal/engine/bpmn"
	"lienthong/internal/engine/worktime"
)

// happening is something that is going to come at its time: an arrival, the end of somebody's work, a
// timer, an answer from elsewhere.
type happening struct {
	at    time.Time
	seq   int // of equal times the one planned first comes first
	kind  happenKind
	of    *dossier
	token int
	job   *job
}

type happenKind uint8

const (
	happenArrival happenKind = iota
	happenDone
	happenOutside // the applicant, or an answer
	happenTimer
)

// agenda is a heap of happenings by time.
type agenda []happening

func (a agenda) Len() int { return len(a) }
func (a agenda) Less(i, j int) bool {
	if c := a[i].at.Compare(a[j].at); c != 0 {
		return c < 0
	}
	return a[i].seq < a[j].seq
}
func (a agenda) Swap(i, j int) { a[i], a[j] = a[j], a[i] }

// Push implements heap.Interface.
func (a *agenda) Push(x any) {
	if h, ok := x.(happening); ok {
		*a = append(*a, h)
	}
}

// Pop implements heap.Interface.
func (a *agenda) Pop() any {
	old := *a
	x := old[len(old)-1]
	old[len(old)-1] = happening{}
	*a = old[:len(old)-1]
	return x
}

var _ heap.Interface = (*agenda)(nil)

// job is one task of one dossier in front of a lane's people.
type job struct {
	of      *dossier
	token   int
	task    *TaskResult
	pool    *pool
	queued  time.Time
	started time.Time // zero while it waits
	due     time.Time
	gone    bool // taken away while it waited, or ended
}

// dossier is one of many.
type dossier struct {
	life
	jobs    []*job
	steps   int
	blocked bool
}

// pool is the people of one lane with the queue in front of them.
type pool struct {
	res    *LaneResult
	c      *worktime.Calendar
	start  time.Time
	free   int
	queue  []*job
	head   int // of the queue
	length int // waiting now, without those taken away
	last   time.Time
	area   float64 // dossiers × office minutes in the queue
	week   int
}

// grow changes the length of the queue at the moment.
func (p *pool) grow(at time.Time, by int) {
	p.advance(at)
	p.length += by
	if p.length > p.res.Longest {
		p.res.Longest, p.res.LongestAt = p.length, at
	}
	p.res.Weeks[p.week] = max(p.res.Weeks[p.week], p.length)
}

// advance counts the queue as it has been since the last change.
func (p *pool) advance(at time.Time) {
	if p.length > 0 {
		p.area += float64(p.length) * float64(p.c.Between(p.last, at))
	}
	p.last = at
	week := min(int(at.Sub(p.start)/(7*24*time.Hour)), len(p.res.Weeks)-1)
	for p.week < week {
		p.week++
		p.res.Weeks[p.week] = p.length
	}
}

// take returns the job that has waited longest, nil without any.
func (p *pool) take() *job {
	for p.head < len(p.queue) {
		j := p.queue[p.head]
		p.queue[p.head] = nil
		p.head++
		if p.head > 1024 && p.head*2 > len(p.queue) {
			p.queue, p.head = slices.Clone(p.queue[p.head:]), 0
		}
		if !j.gone {
			return j
		}
	}
	return nil
}

// Trouble is a reason for which dossiers could not go on.
type Trouble struct {
	Node    *bpmn.Node // where; nil for the process as a whole
	Problem *bpmn.Problem
	Err     error // where it is no problem of the process
	Count   int   // of dossiers
}
