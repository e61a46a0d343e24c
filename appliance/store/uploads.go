package store

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"syscall"

	"harmonium/appliance"
)

// uploadDir holds the files that are being sent up, named by their meetings. They are no part of backups, and go when they have
// become sound, or when their meeting goes.
const uploadDir = "uploads"

func (s *Store) uploadPath(id appliance.ConversationID) string {
	return filepath.Join(s.path(uploadDir), filepath.Base(string(id)))
}

// UploadSize is how many bytes of a file are there.
func (s *Store) UploadSize(id appliance.ConversationID) int64 {
	info, err := os.Stat(s.uploadPath(id))
	if err != nil {
		return 0
	}
	return info.Size()
}

// OpenUpload opens a file that was sent up.
func (s *Store) OpenUpload(id appliance.ConversationID) (*os.File, error) {
	return os.Open(s.uploadPath(id))
}

// uploading knows of which meetings a file is being written, so that two do not write the same. The zero value is ready; it is safe for
// concurrent use.
type uploading struct {
	mu  sync.Mutex
	ids map[appliance.ConversationID]bool
}

func (u *uploading) begin(id appliance.ConversationID) bool {
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.ids[id] {
		return false
	}
	if u.ids == nil {
		u.ids = make(map[appliance.ConversationID]bool)
	}
	u.ids[id] = true
	return true
}

func (u *uploading) end(id appliance.ConversationID) {
	u.mu.Lock()
	defer u.mu.Unlock()
	delete(u.ids, id)
}

// AppendUpload adds to the file of a meeting that is being sent up, from an offset on that must be its present end. It gives how many
// bytes are there then, on the disk for good, also when it fails: there one can go on. more is asked before each part is written.
func (s *Store) AppendUpload(ctx context.Context, id appliance.ConversationID, offset int64, body io.Reader, more func() error) (size int64, err error) {
	if err := s.takesUpload(ctx, id); err != nil {
		return 0, err
	}
	if !s.uploading.begin(id) {
		return s.UploadSize(id), &appliance.Error{Code: appliance.CodeBusy, RetryAfter: 2,
			Message: "This file is being sent from elsewhere at this moment. What has come is kept; ask how much that is, then go on."}
	}
	defer s.uploading.end(id)
	if size = s.UploadSize(id); offset != size {
		return size, &appliance.Error{Code: appliance.CodeConflict, Message: fmt.Sprintf("There are %d bytes of this file. Go on from there.", size),
			Fields: []appliance.FieldError{{Field: "offset", Message: fmt.Sprint(size)}}}
	}
	if err := os.MkdirAll(s.path(uploadDir), 0o700); err != nil {
		return size, err
	}
	f, err := os.OpenFile(s.uploadPath(id), os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o600)
	if err != nil {
		return size, err
	}
	err = appendTo(f, body, appliance.MaxRecordingBytes-size, more)
	if syncErr := errors.Join(f.Sync(), f.Close()); err == nil {
		err = syncErr
	}
	if errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT) {
		err = &appliance.Error{Code: appliance.CodeStorage, Err: err, Message: "The disk of the box is full. What has come of the file is kept: " +
			"make room, then go on from there."}
	}
	return s.UploadSize(id), err
}

// uploadPart is how much of a file is written before it is asked whether to go on.
const uploadPart = 4 << 20

func appendTo(f *os.File, body io.Reader, most int64, more func() error) error {
	for {
		if err := more(); err != nil {
			return err
		}
		n, err := io.CopyN(f, body, min(uploadPart, most+1))
		if most -= n; most < 0 {
			return appliance.Errorf(appliance.CodeTooLarge, "A file of at most %d GB can be sent up. Please send it in parts, or as MP3 or FLAC.",
				appliance.MaxRecordingBytes>>30)
		}
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
	}
}

func (s *Store) takesUpload(ctx context.Context, id appliance.ConversationID) error {
	return s.read(ctx, func(tx *Tx) error {
		r, err := recordingRow(tx, id)
		if err != nil {
			return err
		}
		if r.State != appliance.RecordingOpen || r.Provider != appliance.ProvidedUpload {
			return appliance.Errorf(appliance.CodeConflict, "This meeting takes no file: it was recorded, or its file is there already. Nothing was stored.")
		}
		return takesSound(r)
	})
}

// DecodeUpload has a file that was sent up become sound, by a job.
func (s *Store) DecodeUpload(ctx context.Context, by By, o Once, id appliance.ConversationID) error {
	return s.write(ctx, func(tx *Tx) error {
		c, err := conversation(tx, id)
		if err != nil {
			return err
		}
		if _, _, err := s.once(ctx, tx, o, string(id)); err != nil {
			return err
		}
		now := s.clock()
		if err := audit(ctx, tx, by.did(now, "recording.upload", string(id))); err != nil {
			return err
		}
		_, err = s.enqueue(tx, appliance.JobDecode, c.SessionID, id, now)
		return err
	})
}

// DropUpload removes a file that was sent up.
func (s *Store) DropUpload(id appliance.ConversationID) error {
	err := os.Remove(s.uploadPath(id))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}

// dropUploads removes the files of meetings that are gone, or that have become sound or failed.
func (s *Store) dropUploads(ctx context.Context) error {
	list, err := os.ReadDir(s.path(uploadDir))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	for _, e := range list {
		id := appliance.ConversationID(e.Name())
		var needed bool
		readErr := s.read(ctx, func(tx *Tx) error {
			return tx.QueryRow(`SELECT EXISTS (SELECT 1 FROM recordings WHERE conversation_id = ? AND state = 'open' AND erased_at IS NULL)`, id).Scan(&needed)
		})
		if readErr != nil {
			return readErr
		}
		if !needed {
			err = errors.Join(err, s.DropUpload(id))
		}
	}
	return err
}
