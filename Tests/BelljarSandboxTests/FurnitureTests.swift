import BelljarControls
import BelljarModel
import Foundation
import Testing

@testable import BelljarSandbox

/// What programs find on any machine: a network with itself, a terminal of their own, folders to write to, processors.
@Suite(.enabled(if: SandboxFixture.busybox != nil && FixtureProgram.furniture != nil)) struct FurnitureTests {
    let fixture: SandboxFixture

    init() throws {
        fixture = try SandboxFixture()
        try FixtureProgram.furniture?.add(to: fixture)
    }

    private static let worlds = [World(epoch: 1_700_000_000, cpus: 2), World.real]

    private func output(_ script: String, _ world: World = worlds[0], limits: ResourceLimits = .standard) throws
        -> String
    {
        let result = try fixture.run([fixture.script(script)], limits: limits, world: world)
        #expect(result.status == .ok, "\(result.output) \(result.errors)")
        return result.output
    }

    /// The same program outside.
    private func outside(_ arguments: String...) throws -> String {
        let process = Process()
        process.executableURL = URL(filePath: fixture.folder + "/image/bin/furniture")
        process.arguments = arguments
        process.standardInput = FileHandle.nullDevice
        let pipe = Pipe()
        process.standardOutput = pipe
        try process.run()
        let bytes = pipe.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        return String(decoding: bytes, as: UTF8.self)
    }

    // MARK: Network

    @Test(arguments: worlds) func theLoopbackIsUp(_ world: World) throws {
        let served = "127.0.0.1 1\n127.0.1.1 1\n::1 1\n"
        #expect(try output("furniture loopback", world) == served)
        #expect(try outside("loopback") == served)
        // ENETUNREACH: there is nothing else.
        #expect(try output("furniture beyond", world) == "192.0.2.1 errno 101\n2001:db8::1 errno 101\n")
        // IFF_UP, IFF_LOOPBACK, IFF_RUNNING, IFF_LOWER_UP.
        #expect(
            try output("furniture interfaces", world)
                == "lo 10049 -\nlo 10049 127.0.0.1\nlo 10049 ::1\n")
    }

    @Test func theNetworkOfProcAndSysIsTheLoopback() throws {
        let found = try output(
            """
            cut -d: -f1 /proc/net/dev | tail -n +3 | tr -d ' '
            wc -l < /proc/net/route
            cat /proc/net/if_inet6; ls /sys/class/net
            cat /sys/class/net/lo/address /sys/class/net/lo/mtu
            """)
        #expect(
            found
                == "lo\n1\n00000000000000000000000000000001 01 80 10 80       lo\nlo\n00:00:00:00:00:00\n65536\n")
    }

    // MARK: Terminals

    @Test(arguments: worlds) func terminalsOfOnesOwnHaveAName(_ world: World) throws {
        // ENXIO for who has none, as outside of any terminal.
        let expected = "without errno 6\nwith 0 5 typed\n"
        #expect(try output("furniture terminal", world) == expected)
        #expect(try outside("terminal").hasSuffix("with 0 5 typed\n"))
    }

    // MARK: Places to write to

    @Test func thereArePlacesToWriteTo() throws {
        let found = try output(
            """
            for place in /tmp /var/tmp /run /run/lock; do
                stat -c '%n %a' $place; echo x > $place/file; cat $place/file
            done
            ln -s file /var/tmp/link; mv /run/file /run/lock/other; ls /run /run/lock /var/tmp
            """)
        #expect(
            found == """
                /tmp 1777
                x
                /var/tmp 1777
                x
                /run 755
                x
                /run/lock 1777
                x
                /run:
                lock

                /run/lock:
                file
                other

                /var/tmp:
                file
                link

                """)
    }

    @Test(arguments: ["/run", "/run/lock", "/var/tmp"]) func whatIsWrittenThereCounts(_ place: String) throws {
        var limits = ResourceLimits.standard
        limits.scratchBytes = 4 << 20
        let result = try fixture.run([fixture.script("head -c 6000000 /dev/zero > \(place)/file")], limits: limits)
        #expect(result.status == .resourceExceeded)
        #expect(result.exceeded?.limit == .scratch)
        limits.scratchBytes = 8 << 20
        limits.fileBytes = 1 << 20
        let large = try fixture.run([fixture.script("head -c 6000000 /dev/zero > \(place)/file")], limits: limits)
        #expect(large.exceeded?.limit == .file)
        #expect(large.exceeded?.seen.contains("\(place)/file") == true, "\(large.exceeded?.seen ?? "")")
    }

    // MARK: Limits

    @Test func openFilesAreAsManyAsAskedFor() throws {
        #expect(try output("furniture files 5000") == "limit 1024 4096\nopened 4093\n")
        var limits = ResourceLimits.standard
        limits.openFiles = 10_000
        #expect(
            try output("furniture files 9000; ulimit -n", limits: limits) == "limit 10000 10000\nopened 9000\n10000\n")
        limits.openFiles = 16
        #expect(try output("furniture files 9000", limits: limits) == "limit 16 16\nopened 13\n")
    }

    /// Memory counts where it is touched.
    @Test func addressSpaceIsNotLimited() throws {
        var limits = ResourceLimits.standard
        limits.memoryBytes = 64 << 20
        #expect(try output("furniture reserve; ulimit -v", limits: limits) == "reserved 1\nunlimited\n")
        #expect(try outside("reserve").hasPrefix("reserved"))
    }

    // MARK: Processors

    @Test func processorsAreThoseOfTheWorld() throws {
        let found = try output(
            """
            cd /sys/devices/system/cpu; ls; cat online possible present
            cat cpu1/topology/core_id cpu1/topology/core_siblings cpu1/topology/thread_siblings_list
            cat cpu0/cache/index2/size
            """)
        #expect(
            found == """
                cpu0
                cpu1
                isolated
                kernel_max
                offline
                online
                possible
                present
                0-1
                0-1
                0-1
                1
                3
                1
                1024K

                """)
    }

    @Test func aThreadKeepsToWhatItWasTold() throws {
        let expected = "set 0\nkept 1 1\nchild 1 2\n"
        #expect(try output("furniture affinity") == expected)
        if ProcessInfo.processInfo.activeProcessorCount == 2 { #expect(try outside("affinity") == expected) }
        #expect(try output("nproc; taskset -c 0 nproc; taskset 3 nproc; ! taskset -c 2 true") == "2\n1\n2\n")
    }

    // MARK: The kernel and the processor

    /// What a program finds above its environment tells of neither; there is no clock in it.
    @Test func newProgramsAreToldOfOneProcessor() throws {
        func pairs(_ world: World) throws -> Set<String> {
            Set(try output("furniture vector", world).split(separator: "\n").map(String.init))
        }
        #expect(try pairs(Self.worlds[0]) == ["16 78bfbff", "26 0", "51 1000"])
        let real = try pairs(.real)
        #expect(real.contains { $0.hasPrefix("33 ") })
        #expect(real.isDisjoint(with: ["51 1000"]))
    }

    @Test func whatCameAfterTheBaselineIsNotThere() throws {
        let alarms = "gettime errno 22\ngetres errno 22\nnanosleep errno 95\ntimer errno 95\n"
        #expect(
            try output("furniture later") == alarms + alarms + """
                xcomp errno 22
                shadow-stack errno 22
                untag errno 22
                map-vdso errno 22
                get-fs 0
                registrations errno 22
                guard errno 22
                dontneed 0
                dontcache errno 95
                append 1
                write-zeroes errno 95
                allocate 0
                tcp-rto errno 92
                tcp-nodelay 0
                port-range errno 92
                restrict errno 22

                """)
    }

    /// The C library chooses by what it is told in its environment, and programs start others without one.
    @Test func theProcessorIsTheSameWithoutAnEnvironment() throws {
        let source = URL(filePath: #filePath).deletingLastPathComponent().appending(
            path: "../Fixtures/Programs/variants.c")
        let program = fixture.folder + "/image/bin/variants"
        let compiler = try Process.run(
            URL(filePath: "/usr/bin/cc"), arguments: ["-O1", "-o", program, source.path, "-lm"])
        compiler.waitUntilExit()
        try #require(compiler.terminationStatus == 0)
        for (folder, name) in [
            ("lib64", "ld-linux-x86-64.so.2"), ("lib/x86_64-linux-gnu", "libc.so.6"),
            ("lib/x86_64-linux-gnu", "libm.so.6"),
        ] {
            try fixture.makeDirectory("image/" + folder)
            try Data(contentsOf: URL(filePath: "/\(folder)/\(name)")).write(
                to: URL(filePath: fixture.folder + "/image/\(folder)/\(name)"))
        }
        let loader = fixture.folder + "/image/lib64/ld-linux-x86-64.so.2"
        try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: loader)
        func outside(_ environment: [String: String]) throws -> String {
            let process = Process()
            process.executableURL = URL(filePath: program)
            process.environment = environment
            let pipe = Pipe()
            process.standardOutput = pipe
            try process.run()
            let bytes = pipe.fileHandleForReading.readDataToEndOfFile()
            process.waitUntilExit()
            return String(decoding: bytes, as: UTF8.self)
        }
        let held = try outside(["GLIBC_TUNABLES": ProcessorLevel.tunables])
        let scripts = [
            "variants", "env -i /bin/variants", "GLIBC_TUNABLES=glibc.malloc.check=0 variants",
            "GLIBC_TUNABLES=\(ProcessorLevel.tunables) variants", "env -i A=$(seq 20000 | tr -d '\\n') /bin/variants",
        ]
        for script in scripts { #expect(try output(script) == held, "\(script)") }
        let own = try outside([:])
        #expect(try output("env -i /bin/variants", .real) == own)
        if own == held { print("skipped the control: this processor has no variants of its own") }
    }

    /// ENOSYS, whatever the number.
    @Test(arguments: worlds) func unknownCallsAreAbsent(_ world: World) throws {
        let found = try output("furniture numbers", world).split(separator: "\n").map(String.init)
        #expect(found.count == 8)
        for line in found { #expect(line.hasSuffix(" errno 38"), "\(line)") }
    }
}

/// The files of processors by themselves.
@Suite struct ProcessorFilesTests {
    @Test func masksAreAsTheKernelPrintsThem() {
        let all = { (cpus: UInt32) in ProcessorFiles.mask(cpus) { _ in true } }
        #expect(
            [1, 2, 4, 5, 31, 32, 33, 64, 68].map(all) == [
                "1", "3", "f", "1f", "7fffffff", "ffffffff", "1,ffffffff", "ffffffff,ffffffff", "f,ffffffff,ffffffff",
            ])
        #expect(ProcessorFiles.mask(40) { $0 == 3 } == "00,00000008")
    }

    @Test func aMachineOfManyHasFoldersForAll() {
        let layer = BaseLayer(cpus: 1024)
        #expect(layer.directories.contains("sys/devices/system/cpu/cpu1023/cache/index2"))
        #expect(layer.directories.allSatisfy { !$0.contains("cpu1024") })
        #expect(Set(layer.files.map(\.path)).count == layer.files.count)
        // A build that sees the host's is told nothing by files.
        #expect(BaseLayer(cpus: nil).directories.allSatisfy { !$0.hasPrefix("sys/devices") })
    }
}
