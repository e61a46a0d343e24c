package store

import (
	"context"
	"errors"
	"syscall"

	"harmonium/appliance"
	"harmonium/appliance/blob"
)

// blobDir is where the blobs are in the data directory. It is a part of backups.
const blobDir = "blobs"

// Blobs are counted by the rows of pieces that name them. A blob is put before its row is written, and erased after
// the last row is gone; blobGate keeps the two apart: whoever puts one holds it for reading until the row is committed.

// eraseAtOnce is how many blobs are erased while nothing can be put.
const eraseAtOnce = 64

// Blob gives the bytes of a blob. It fails with fs.ErrNotExist or blob.ErrDamaged.
func (s *Store) Blob(h blob.Hash) ([]byte, error) { return s.blobs.Read(h) }

// putBlob keeps content on the disk for good, then runs write, which is to name it. What no row names then is removed again.
func (s *Store) putBlob(ctx context.Context, content []byte, write func(blob.Hash) error) error {
	s.blobGate.RLock()
	h, err := s.blobs.Put(content)
	if err == nil {
		err = write(h)
	}
	s.blobGate.RUnlock()
	if err == nil {
		return nil
	}
	if dropErr := s.dropUnnamed(context.WithoutCancel(ctx), []blob.Hash{h}); dropErr != nil {
		s.log.Warn("a blob that nothing names is left; it is removed at the next start", "error", dropErr)
	}
	if errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT) {
		return &appliance.Error{Code: appliance.CodeStorage, Err: err, Message: "The disk of the box is full: this piece is not on the box. " +
			"It stays on your device, which goes on recording and sends it again by itself."}
	}
	return err
}

// EraseBlobs removes from the disk what no row names any more, for good, and files that were sent up for meetings that are gone. What a process did not finish that was killed, it
// finishes.
func (s *Store) EraseBlobs(ctx context.Context) error {
	if err := s.erasePieces(ctx); err != nil {
		return err
	}
	if err := s.dropUploads(ctx); err != nil {
		return err
	}
	for {
		n, err := s.eraseSomeBlobs(ctx)
		if err != nil || n == 0 {
			return err
		}
	}
}

func (s *Store) eraseSomeBlobs(ctx context.Context) (n int, err error) {
	s.blobGate.Lock()
	defer s.blobGate.Unlock()
	var list []blob.Hash
	err = s.read(ctx, func(tx *Tx) error {
		list = nil
		return eachRow(tx, func(rows *Rows) error {
			var raw []byte
			err := rows.Scan(&raw)
			list = append(list, hashOf(raw))
			return err
		}, `SELECT sha256 FROM blob_garbage LIMIT ?`, eraseAtOnce)
	})
	if err != nil || len(list) == 0 {
		return 0, err
	}
	if err := s.blobs.Erase(list...); err != nil {
		return 0, err
	}
	return len(list), s.erase(ctx, func(tx *Tx) error {
		for _, h := range list {
			if _, err := tx.Exec(`DELETE FROM blob_garbage WHERE sha256 = ?`, h[:]); err != nil {
				return err
			}
		}
		return nil
	})
}

func hashOf(raw []byte) (h blob.Hash) {
	copy(h[:], raw)
	return h
}

// dropUnnamed removes those of some blobs that no row names.
func (s *Store) dropUnnamed(ctx context.Context, list []blob.Hash) error {
	s.blobGate.Lock()
	defer s.blobGate.Unlock()
	return s.dropUnnamedLocked(ctx, list)
}

func (s *Store) dropUnnamedLocked(ctx context.Context, list []blob.Hash) error {
	var unnamed []blob.Hash
	err := s.read(ctx, func(tx *Tx) error {
		unnamed = nil
		for _, h := range list {
			var named bool
			if err := tx.QueryRow(`SELECT EXISTS (SELECT 1 FROM pieces WHERE sha256 = ?)`, h[:]).Scan(&named); err != nil {
				return err
			}
			if !named {
				unnamed = append(unnamed, h)
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	return s.blobs.Erase(unnamed...)
}

// SweepBlobs removes what was left over: by a process that was killed between a blob and its row, and blobs that came into a backup
// after its rows had been read. The server does it at its start and daily.
func (s *Store) SweepBlobs(ctx context.Context) error {
	if err := s.EraseBlobs(ctx); err != nil {
		return err
	}
	s.blobGate.Lock()
	defer s.blobGate.Unlock()
	return s.blobs.Each(func(list []blob.Hash) error { return s.dropUnnamedLocked(ctx, list) })
}
