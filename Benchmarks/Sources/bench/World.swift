import Glibc

/// All controls on, against the same sandbox with none.
extension Bench {
    private static let none = [
        "addresses", "clock", "cpu", "fs", "identity", "memory", "mtimes", "order", "random", "stat",
    ].flatMap { ["--control", $0 + "=real"] }

    func world() throws -> [Row] {
        try belljar("build", "--quiet", "hello", "zlib", "lua").succeed()
        return try shippedBuilds() + workloads() + threads()
    }

    /// Real recipes, from the start of belljar to its end.
    private func shippedBuilds() throws -> [Row] {
        try [("hello", "GNU hello, configure && make", 5), ("zlib", "zlib", 5), ("lua", "lua -j2", 5)].flatMap {
            (name, title, rounds) in
            let samples = try interleave(
                rounds: rounds,
                [
                    { _ in try build(name, []).succeed().seconds },
                    { _ in try build(name, Self.none).succeed().seconds },
                ])
            return [
                Row("\(title): all controls", samples[0], unit: .seconds, goal: nil),
                Row("\(title): none", samples[1], unit: .seconds, goal: nil),
                Row("  all to none", ratioOf: samples[0], to: samples[1], goal: .atMost(1.05)),
            ]
        }
    }

    private func build(_ name: String, _ options: [String], output: String? = nil) -> Command {
        var command = belljar("build", "--quiet", "--no-cache", name)
        command.arguments += options
        if let output { command.arguments += ["--output", output] }
        return command
    }

    /// Programs that do little but make one kind of system call, timed inside by the monotonic clock, which is the real
    /// one with and without controls.
    private func workloads() throws -> [Row] {
        try writeWorkloads(cpus: 2)
        var on: [[String: Double]] = []
        var off: [[String: Double]] = []
        for round in 0...5 {
            let pair = (try figures(of: []), try figures(of: Self.none))
            guard round > 0 else { continue }
            on.append(pair.0)
            off.append(pair.1)
        }
        func samples(_ name: String, _ figures: [[String: Double]], per count: Double = 1) -> Samples {
            Samples(figures.map { ($0[name] ?? .nan) / count })
        }
        func difference(_ name: String, per count: Double) -> Samples {
            Samples(zip(on, off).map { (($0[name] ?? .nan) - ($1[name] ?? .nan)) / count })
        }
        let titles = [
            ("python", "Python importing its library"), ("find", "find over 50,000 files"),
            ("exec", "2,000 execs of a tiny static program"), ("clock", "100,000 readings of the clock"),
        ]
        return titles.flatMap { name, title in
            [
                Row("\(title): all controls", samples(name, on), unit: .seconds, goal: nil),
                Row("\(title): none", samples(name, off), unit: .seconds, goal: nil),
                Row(
                    "  all to none", ratioOf: samples(name, on), to: samples(name, off),
                    goal: name == "python" ? .atMost(1.05) : nil),
            ]
        } + [
            Row(
                "one exec more with all controls", difference("exec", per: 2000), unit: .microseconds,
                goal: .atMost(40e-6)),
            Row("one notification (clock)", difference("clock", per: 1e5), unit: .microseconds, goal: .atMost(6e-6)),
            Row("peak memory of belljar-init", samples("memory", on), unit: .megabytes, goal: .atMost(8)),
        ]
    }

    /// Two processes that read the clock at the same time, answered by one thread and by two.
    private func threads() throws -> [Row] {
        var one: [Double] = []
        var two: [Double] = []
        for round in 0...5 {
            try writeWorkloads(cpus: 1)
            let alone = try figures(of: [])
            try writeWorkloads(cpus: 2)
            let both = try figures(of: [])
            guard round > 0 else { continue }
            one.append(alone["pair"] ?? .nan)
            two.append(both["pair"] ?? .nan)
        }
        let (first, second) = (Samples(one), Samples(two))
        return [
            Row("2 x 50,000 readings, 1 thread answers", first, unit: .seconds, goal: nil),
            Row("2 x 50,000 readings, 2 threads answer", second, unit: .seconds, goal: nil),
            Row("  speed of 2 to 1", ratioOf: first, to: second, goal: .atLeast(1.6)),
        ]
    }

    /// What the workloads wrote: a name and a number a line.
    private func figures(of options: [String]) throws -> [String: Double] {
        let folder = work + "/figures"
        _ = try shell("rm -rf \(folder)")
        try build("workloads", options, output: folder).succeed()
        let text = try shell("cat \(folder)/workloads/figures")
        let pairs = text.split(separator: "\n").compactMap { line -> (String, Double)? in
            let words = line.split(separator: " ")
            guard words.count == 2, let value = Double(words[1]) else { return nil }
            return (String(words[0]), value)
        }
        return Dictionary(uniqueKeysWithValues: pairs)
    }

    /// The program comes from the toolchain with a compiler and runs in the one with Python.
    private func writeWorkloads(cpus: Int) throws {
        _ = try shell("mkdir -p \(project)/Recipes/workload \(project)/Recipes/workloads")
        try write(workloadProgram, to: project + "/Recipes/workload/workload.c")
        try write(
            """
            name: workload
            version: "1"
            toolchain: debian-12-c
            epoch: 1000000000
            sources:
              - local: workload.c
            steps:
              - name: compile
                run: gcc -O1 -static -o "$OUT/workload" workload.c
            outputs: [workload]

            """, to: project + "/Recipes/workload/recipe.yaml")
        try write(
            """
            name: workloads
            version: "1"
            toolchain: debian-12-python
            epoch: 1000000000
            inputs: [workload]
            limits:
              cpus: \(cpus)
            steps:
              - name: measure
                run: |
                  "$INPUTS/workload/workload" >> "$OUT/figures"
                  awk '/VmHWM/ { print "memory", $2 / 1024 }' /proc/1/status >> "$OUT/figures"
            outputs: [figures]

            """, to: project + "/Recipes/workloads/recipe.yaml")
    }
}

/// Prints `NAME SECONDS` for each kind of work. Raw system calls, because the C library's own way differs with the vDSO.
private let workloadProgram = """
    #include <stdio.h>
    #include <stdlib.h>
    #include <string.h>
    #include <sys/syscall.h>
    #include <sys/wait.h>
    #include <time.h>
    #include <unistd.h>

    static double now(void) {
        struct timespec t;
        syscall(SYS_clock_gettime, CLOCK_MONOTONIC, &t);
        return t.tv_sec + t.tv_nsec / 1e9;
    }

    static void run(const char *path, char *const argv[]) {
        pid_t child = vfork();
        if (child == 0) {
            execv(path, argv);
            _exit(127);
        }
        int status;
        waitpid(child, &status, 0);
        if (status != 0) exit(1);
    }

    static void shell(const char *script) { run("/bin/sh", (char *[]){"sh", "-c", (char *)script, NULL}); }

    static void read_clock(int count) {
        struct timespec t;
        for (int i = 0; i < count; i++) syscall(SYS_clock_gettime, CLOCK_REALTIME, &t);
    }

    static void timed(const char *name, double begun) { printf("%s %.6f\\n", name, now() - begun); }

    int main(int argc, char **argv) {
        if (argc > 1) return 0;
        double begun = now();
        read_clock(100000);
        timed("clock", begun);

        begun = now();
        for (int i = 0; i < 2000; i++) run(argv[0], (char *[]){argv[0], "nothing", NULL});
        timed("exec", begun);

        begun = now();
        pid_t child = fork();
        read_clock(50000);
        if (child == 0) _exit(0);
        waitpid(child, NULL, 0);
        timed("pair", begun);

        shell("cd /tmp && for d in $(seq 500); do mkdir d$d; (cd d$d; seq -f f%g 100 | xargs touch); done");
        begun = now();
        shell("find /tmp -newer /bin/sh > /dev/null");
        timed("find", begun);

        shell("python3 -c 'import json'");
        begun = now();
        for (int i = 0; i < 5; i++)
            shell("python3 -c 'import asyncio, argparse, csv, ctypes, decimal, email, html, http.client, json, logging, "
                  "multiprocessing, pathlib, pickle, sqlite3, ssl, subprocess, tarfile, tempfile, unittest, urllib.request, "
                  "uuid, xml.dom.minidom, zipfile'");
        timed("python", begun);
        return 0;
    }
    """
