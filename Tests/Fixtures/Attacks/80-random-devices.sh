# Taking the devices of random numbers from everybody
# PID 1 fills what programs read of them, in one thread and with a descriptor for each opening. A program that opens one for
# reading and writing can send descriptors there, and whoever drops the last reference to a connection that lingers waits for as long
# as its maker says; and one that keeps thousands of them open takes all that PID 1 has for them.
compile devices
control() {
    devices linger
    devices many
}
outside $'sent\nthe receiver waits\na megabyte\n6000 are open\na megabyte' control
inside $'sent\nthe sender waits\na megabyte\n6000 are open\na megabyte' 'devices linger /dev/urandom
devices many'
inside $'sent\nthe sender waits\na megabyte' 'devices linger /dev/random'
