package network

import (
	"fmt"
	"io"
	"net"
	"os"
	"syscall"
)

// reserve binds a socket to an address without listening: connections to it are refused, the kernel gives the port to
// nobody who asks for any, and whoever reuses addresses, as Go's listeners do, can listen there again (socket(7),
// SO_REUSEADDR).
func reserve(addr string) (io.Closer, error) {
	at, err := net.ResolveTCPAddr("tcp", addr)
	if err != nil {
		return nil, err
	}
	var family int
	var name syscall.Sockaddr
	if v4 := at.IP.To4(); v4 != nil {
		family, name = syscall.AF_INET, &syscall.SockaddrInet4{Port: at.Port, Addr: [4]byte(v4)}
	} else if len(at.IP) == net.IPv6len && at.Zone == "" {
		family, name = syscall.AF_INET6, &syscall.SockaddrInet6{Port: at.Port, Addr: [16]byte(at.IP)}
	} else {
		return nil, fmt.Errorf("network: %s cannot be kept", addr)
	}
	fd, err := syscall.Socket(family, syscall.SOCK_STREAM|syscall.SOCK_CLOEXEC, 0)
	if err != nil {
		return nil, os.NewSyscallError("socket", err)
	}
	socket := os.NewFile(uintptr(fd), "reserved "+addr)
	if err = syscall.SetsockoptInt(fd, syscall.SOL_SOCKET, syscall.SO_REUSEADDR, 1); err == nil {
		err = syscall.Bind(fd, name)
	}
	if err != nil {
		_ = socket.Close()
		return nil, os.NewSyscallError("bind", err)
	}
	return socket, nil
}
