// Package bus carries events between modules and replicas: from the outbox's relay to the durable
// consumers that modules subscribe. It runs a NATS server with JetStream inside the process, or
// uses a NATS cluster when one machine is outgrown.
//
// The bus is not where anything is kept. JetStream acknowledges before the disk has the message,
// so a power cut may take acknowledged messages back, and the embedded store may be deleted at any
// time while the program is down. An event stays in the outbox until every consumer has left its
// receipt (see package outbox); a bus that finds its stream gone has all waiting events published
// again. A store that cannot be read is moved aside and begun anew.
//
// A consumer's handler runs until it succeeds, with growing pauses (1 s to 10 min); after 8 failed
// tries the event is buried for that consumer: logged, counted and kept in kit_dead. Events may
// come twice and out of order. SubscribeTx makes the effects in the database happen once.
package bus
