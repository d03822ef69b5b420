package notify

import (
	"context"

	"lienthong/internal/kit/actor"
	"lienthong/internal/kit/db"
	"lienthong/internal/kit/id"
)

// maxPage bounds how many messages are read at a time.
const maxPage = 201

func page(n int) int { return min(max(n, 1), maxPage) }

// Inbox returns the messages in the actor's account, newest first, after the one named before; a
// zero before begins with the newest.
func (s *Service) Inbox(ctx context.Context, before id.ID, limit int) ([]Message, error) {
	account, err := owner(actor.From(ctx))
	if err != nil {
		return nil, err
	}
	var args db.Args
	return list(s.DB.Read(ctx), "channel = 'account' AND account_id = "+args.Add(account), args, before, page(limit))
}

// Unread returns how many messages of the actor's account are unread; 0 for everybody who has no
// inbox.
func (s *Service) Unread(ctx context.Context) (int, error) {
	account, err := owner(actor.From(ctx))
	if err != nil {
		return 0, nil // nobody is signed in who could have one
	}
	var n int
	err = s.DB.Read(ctx).QueryRow("SELECT count(*) FROM notify_message WHERE channel = 'account' AND read_at = 0 AND account_id = $1", account).Scan(&n)
	return n, err
}

// MarkRead marks one message of the actor's account as read, or all of them if message is zero.
// A message of somebody else is left alone without a word.
func (s *Service) MarkRead(ctx context.Context, message id.ID) error {
	account, err := owner(actor.From(ctx))
	if err != nil {
		return err
	}
	args := db.Args{db.Micros(s.Now()), account}
	where := "channel = 'account' AND account_id = $2 AND read_at = 0"
	if !message.Zero() {
		where += " AND id = " + args.Add(message)
	}
	return s.DB.Write(ctx, func(tx *db.Tx) error {
		_, err := tx.Exec("UPDATE notify_message SET read_at = $1 WHERE "+where, args...)
		return err
	})
}
