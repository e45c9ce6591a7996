package reactor_test

var driverNames = []string{"epoll", "portable"}
