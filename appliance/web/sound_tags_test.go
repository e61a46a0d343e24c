package web_test

import (
	"encoding/binary"
	"strings"
	"testing"

	"harmonium/appliance"
	"harmonium/appliance/web"
)

// ASVS 14.2.8: of a file with sound only the sound is kept, and nothing that its maker or his machine wrote into it. The control: while
// it is being sent, it lies there as it came.
func TestOfASoundFileOnlyTheSoundIsKept(t *testing.T) {
	const artist = "Plantedartist of room four"
	d := newDesk(t)
	d.person("host", appliance.RoleEditor)
	file := spokenFile(2)
	const formatEnd = 36 // of the chunk that says how the sound is laid out
	tag := "INFOIART" + string(binary.LittleEndian.AppendUint32(nil, uint32(len(artist)))) + artist
	tagged := file[:formatEnd] + "LIST" + string(binary.LittleEndian.AppendUint32(nil, uint32(len(tag)))) + tag + file[formatEnd:]
	var m web.MeetingDetail
	d.get("host", "POST", "/api/v1/meetings/file?title=Council", tagged, 200, &m, bytesType)
	if d.foundIn(artist) == 0 {
		t.Fatal("the file is not there as it came, so that the test proves nothing")
	}
	d.decode(m)
	d.get("host", "GET", meetingPath(m), nil, 200, &m)
	if m.DurationMS != 2000 || m.Problem != "" {
		t.Errorf("it has become %+v", m)
	}
	if n := d.foundIn(artist); n != 0 {
		t.Errorf("who made it is in %d files", n)
	}
	if w := d.send("host", "GET", meetingPath(m)+"/sound", nil); strings.Contains(w.Body.String(), artist) || w.Body.String() != file {
		t.Errorf("other sound is given, of %d bytes, not %d", w.Body.Len(), len(file))
	}
}
