package web

import "context"

// getSupport gives a support bundle: how the box is, without content.
func (a *API) getSupport(ctx context.Context, _ *None) (*FileOutput, error) {
	file, err := a.Support(ctx)
	return &FileOutput{"application/zip", `attachment; filename="harmonium-support.zip"`, file}, err
}
