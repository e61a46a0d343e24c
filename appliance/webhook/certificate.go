package webhook

import (
	"crypto/tls"
	"errors"
)

// isCertificate says whether the other end did not prove who it is.
func isCertificate(err error) bool {
	var wrong *tls.CertificateVerificationError
	return errors.As(err, &wrong)
}
