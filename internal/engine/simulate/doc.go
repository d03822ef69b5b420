// Package simulate tries a process out before anybody has to work with it: one made-up dossier led
// through by hand, and a thousand at once with queues in front of the people who do the work.
//
// It is pure. [Walk.Play] replays a list of choices over a [Scene] and tells after each of them the
// status, the due dates and the sentence that explains them; nothing is kept between two calls, so a
// walk is a text ([Walk.String], [ParseWalk]) and undoing is a shorter list. [Scene.Many] is a
// discrete-event simulation with its own random source, so a seed gives the same figures everywhere.
//
// # What a dossier does here
//
// A dossier lives as the product has it live: the clock of the law starts when a task with the action
// "receive" ends forward, stands while a supplement (status 5) or a financial duty (status 6) is
// awaited or the dossier is held, and stops at status 9 or at an end that refuses. A process without
// such a task counts as received when it begins. Times are whole minutes of Vietnamese time.
//
// A timer that is due before the next choice fires by itself, as it would in the office.
//
// # What a thousand dossiers do
//
// They arrive in office time over one year, in the months' proportions. A task waits in the queue of
// its lane, first come first served, until one of the lane's people is free; he works at it for a time
// drawn from a lognormal distribution around the task's mean, in office hours only, and chooses an
// outcome by the given shares. What the applicant does takes days of the calendar and keeps nobody
// busy. Services, decisions and awaited messages are answered after a while; a message or signal that
// only interrupts (a boundary event, an event sub-process) never comes. What is open when the year is
// over stays in the count as open, so every dossier that came in is out, open or blocked.
//
// # Faults
//
// Errors are kit/fault values of kind Invalid or TooLarge with keys that begin "simulate.".
package simulate
