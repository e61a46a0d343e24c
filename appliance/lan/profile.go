package lan

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/xml"
	"fmt"
)

// Profile is a configuration profile of Apple (.mobileconfig) with the authority's certificate in it, for a tap on one
// iPhone or for the device management of a whole organisation. It is not signed: the device says so, and who installs
// it compares the fingerprint. The same authority gives the same profile, so that a second installation replaces the
// first.
func (a *Authority) Profile() []byte {
	name := escaped(a.Name())
	var b bytes.Buffer
	fmt.Fprintf(&b, `<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">
<plist version="1.0">
<dict>
	<key>PayloadType</key><string>Configuration</string>
	<key>PayloadVersion</key><integer>1</integer>
	<key>PayloadIdentifier</key><string>harmonium.authority.%[1]s</string>
	<key>PayloadUUID</key><string>%[1]s</string>
	<key>PayloadDisplayName</key><string>%[3]s</string>
	<key>PayloadDescription</key><string>Lets this device trust the pages of %[3]s, and of nothing else.</string>
	<key>PayloadContent</key>
	<array>
		<dict>
			<key>PayloadType</key><string>com.apple.security.root</string>
			<key>PayloadVersion</key><integer>1</integer>
			<key>PayloadIdentifier</key><string>harmonium.authority.%[1]s.root</string>
			<key>PayloadUUID</key><string>%[2]s</string>
			<key>PayloadDisplayName</key><string>%[3]s</string>
			<key>PayloadCertificateFileName</key><string>harmonium.crt</string>
			<key>PayloadContent</key>
			<data>%[4]s</data>
		</dict>
	</array>
</dict>
</plist>
`, uuidOf(a.DER(), "profile"), uuidOf(a.DER(), "root"), name, base64.StdEncoding.EncodeToString(a.DER()))
	return b.Bytes()
}

// uuidOf derives a UUID (RFC 9562, version 8) from a certificate and what the UUID is for.
func uuidOf(der []byte, purpose string) string {
	sum := sha256.Sum256(append([]byte(purpose+"\x00"), der...))
	u := sum[:16]
	u[6], u[8] = u[6]&0x0f|0x80, u[8]&0x3f|0x80
	return fmt.Sprintf("%X-%X-%X-%X-%X", u[:4], u[4:6], u[6:8], u[8:10], u[10:])
}

func escaped(text string) string {
	var b bytes.Buffer
	xml.EscapeText(&b, []byte(text))
	return b.String()
}
