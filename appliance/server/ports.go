package server

import (
	"errors"
	"fmt"
	"maps"
	"net"
	"slices"

	"harmonium/appliance"
	"harmonium/appliance/systemd"
)

// The names of the sockets that systemd hands over (FileDescriptorName= in the socket units).
const (
	socketHTTP  = "http"
	socketHTTPS = "https"
)

// ports are the sockets at which the box answers: the one that it opens by itself, or all that systemd has opened for
// it. Those of systemd stay open while the server ends and is started again; who connects meanwhile waits.
type ports struct {
	http, https []*net.TCPListener
	handed      bool // by systemd
}

// openPorts takes the sockets of systemd, or opens the one that is set.
func openPorts(listen string) (ports, error) {
	handed, err := systemd.Sockets()
	if err != nil {
		return ports{}, err
	}
	if len(handed) > 0 {
		return takePorts(handed)
	}
	l, err := net.Listen("tcp", listen)
	if err != nil {
		return ports{}, &appliance.Error{Code: appliance.CodeConflict, Err: err, Message: fmt.Sprintf(
			"The address %s cannot be listened at: another program has it, or this machine does not. "+
				"Stop that program, or choose another address with --listen.", listen)}
	}
	return ports{http: []*net.TCPListener{l.(*net.TCPListener)}}, nil
}

// takePorts sorts the sockets of systemd by their names. One with another name is refused: connections to it would
// never be answered.
func takePorts(handed map[string][]net.Listener) (ports, error) {
	p := ports{handed: true}
	var wrong error
	for _, name := range slices.Sorted(maps.Keys(handed)) {
		for _, l := range handed[name] {
			tcp, isTCP := l.(*net.TCPListener)
			switch {
			case isTCP && name == socketHTTP:
				p.http = append(p.http, tcp)
			case isTCP && name == socketHTTPS:
				p.https = append(p.https, tcp)
			default:
				l.Close()
				wrong = appliance.Errorf(appliance.CodeValidation, "systemd hands over a socket with the name %q at %s, which is "+
					"not for this server. Nothing was started. The unit of a TCP socket must have FileDescriptorName=%s or %s.",
					name, l.Addr(), socketHTTP, socketHTTPS)
			}
		}
	}
	if wrong != nil {
		return ports{}, errors.Join(wrong, p.close())
	}
	return p, nil
}

// first is the socket whose address stands for the box when no better one is known.
func (p ports) first() *net.TCPListener {
	if len(p.http) > 0 {
		return p.http[0]
	}
	return p.https[0]
}

// close closes all of them; twice does no harm.
func (p ports) close() error {
	var all error
	for _, l := range slices.Concat(p.http, p.https) {
		if err := l.Close(); !errors.Is(err, net.ErrClosed) {
			all = errors.Join(all, err)
		}
	}
	return all
}
