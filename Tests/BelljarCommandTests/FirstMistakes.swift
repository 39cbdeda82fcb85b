/// The table of docs/mistakes.md, whose page is made from it.
enum FirstMistakes {
    static let all = recipeText + recipeValues + names + sources + steps + outputs + commandLine

    /// What YAML itself takes otherwise than it was meant.
    private static let recipeText: [FirstMistake] = [
        FirstMistake(
            "A key is misspelt", says: "unknown key \"enviroment\"",
            make: { try $0.hello(more: "enviroment: {A: b}") },
            follow: { try $0.edit("enviroment", try $1.meant()) }),
        FirstMistake(
            "A tab indents", says: "a tab cannot indent", "use spaces",
            make: {
                try $0.hello()
                try $0.edit("    run", "\trun")
            },
            follow: { project, _ in try project.edit("\trun", "    run") }),
        FirstMistake(
            "A text has a colon in it", says: "put a text that has one in quotes",
            make: {
                try $0.hello()
                try $0.edit("|\n      echo hello >", "echo hello: you >")
            },
            follow: { project, _ in try project.edit("echo hello: you > $OUT/hello", "'echo hello: you > $OUT/hello'") }
        ),
        FirstMistake(
            "Keys stand in different columns", says: "begin what belongs together in the same column",
            make: {
                try $0.hello()
                try $0.edit("    run", "   run")
            },
            follow: { project, _ in try project.edit("   run", "    run") }),
        FirstMistake(
            "A list is written as a text", says: "outputs must be a list, not text",
            make: { try $0.hello(outputs: "hello") },
            follow: { try $0.edit("outputs: hello", "outputs: " + (try $1.between("write ", "\n"))) }),
        FirstMistake(
            "A step is a command", says: "a step must be a mapping, not text; its keys: name, run,",
            make: { project in
                try project.hello()
                try project.edit("steps:\n", "steps:\n  - echo\n")
            },
            follow: { project, _ in try project.edit("  - echo\n", "  - name: first\n    run: echo\n") }),
        FirstMistake(
            "A key is given twice", says: "duplicate key \"version\"",
            make: { try $0.hello(more: "version: 2") },
            follow: { project, _ in try project.edit("version: 2\n", "") }),
        FirstMistake(
            "Two steps have one name", says: "duplicate step \"build\"",
            make: {
                try $0.recipe("hello", steps: [("build", "echo"), ("build", "echo hello > $OUT/hello")])
            },
            follow: { project, _ in
                try project.edit("build\n    run: |\n      echo hello", "install\n    run: |\n      echo hello")
            }),
    ]

    private static let recipeValues: [FirstMistake] = [
        FirstMistake(
            "The epoch is missing", says: "missing key \"epoch\"", "`date +%s`",
            make: {
                try $0.hello()
                try $0.edit("epoch: 1700000000\n", "")
            },
            follow: { project, said in
                let epoch = try project.type(try said.command("date"))
                try project.edit("steps:", "epoch: \(epoch)\nsteps:")
            }),
        FirstMistake(
            "The epoch is a date", says: "epoch \"2024-01-31\" is not a whole number",
            make: {
                try $0.hello()
                try $0.edit("1700000000", "2024-01-31")
            },
            follow: { try $0.edit("2024-01-31", try $1.between("number; ", " is that in seconds")) }),
        FirstMistake(
            "The epoch is in milliseconds", says: "epoch \"1700000000000\" is not between",
            make: {
                try $0.hello()
                try $0.edit("1700000000", "1700000000000")
            },
            follow: { try $0.edit("1700000000000", try $1.between("8589934591; ", " is that in seconds")) }),
        FirstMistake(
            "`epoch: auto`, and no source has a time", says: "epoch auto needs an archive or a git source",
            make: {
                try $0.hello()
                try $0.edit("1700000000", "auto")
            },
            follow: { try $0.edit("auto", try $0.type(try $1.command("date"))) }),
        FirstMistake(
            "A duration has no unit", says: "timeout \"600\" is not a duration such as 10m",
            make: { try $0.hello(more: "limits: {timeout: 600}") },
            follow: { project, _ in try project.edit("600", "600s") }),
        FirstMistake(
            "Inputs need each other", says: "inputs form a cycle: hello -> zlib -> hello", "remove one of these inputs",
            make: {
                try $0.hello(more: "inputs: [zlib]")
                try $0.recipe("zlib", run: "echo z > $OUT/z", more: "inputs: [hello]")
            },
            follow: { project, _ in try project.edit("Recipes/zlib/recipe.yaml", "inputs: [hello]\n", "") }),
        FirstMistake(
            "An input is misspelt", says: "the project has no recipe for input \"zlb\"",
            make: {
                try $0.hello(more: "inputs: [zlb]")
                try $0.recipe("zlib", run: "echo z > $OUT/z")
            },
            follow: { try $0.edit("zlb", try $1.meant()) }),
        FirstMistake(
            "A secret that no step asks for", says: "no step lists secret \"key\"",
            make: {
                try $0.write("home/secret", "correct horse\n")
                try $0.hello(more: "secrets: [{name: key, variable: KEY}]")
            },
            follow: { project, said in
                try project.edit("    run:", "    \(try said.between("; write ", " in the step"))\n    run:")
            }, then: { _ in ["build", "hello", "--secret", "key=file:~/secret"] }),
    ]

    private static let names: [FirstMistake] = [
        FirstMistake(
            "The folder of a recipe has capitals", ["build", "Hello"], says: "\"Hello\" begins with \"H\"",
            make: {
                try $0.hello()
                try $0.type("mv Recipes/hello Recipes/Hello; sed -i s/hello/Hello/ Recipes/Hello/recipe.yaml")
            },
            follow: { project, said in
                try project.type(try said.command("mv "))
                try project.edit("name: Hello", try said.between("with `", "` in"))
            }, then: { _ in ["build", "hello"] }),
        FirstMistake(
            "A name has an underscore", ["build"], says: "name \"my_app\" contains \"_\"",
            make: {
                try $0.hello()
                try $0.type("sed s/hello/my_app/ Recipes/hello/recipe.yaml > belljar.yaml; rm -r Recipes/hello")
            },
            follow: { try $0.edit("belljar.yaml", "name: my_app", "name: " + (try $1.between("; \"", "\" would do"))) }),
        FirstMistake(
            "The name is not the folder's", says: "name \"hallo\" differs from the recipe's folder",
            make: {
                try $0.hello()
                try $0.edit("name: hello", "name: hallo")
            },
            follow: { try $0.edit("hallo", try $1.between("; write \"", "\"")) }),
        FirstMistake(
            "Two recipes have one name", says: "both belljar.yaml and Recipes/hello/recipe.yaml have that name",
            make: {
                try $0.hello()
                try $0.type("cp Recipes/hello/recipe.yaml belljar.yaml")
            },
            follow: { project, _ in try project.edit("belljar.yaml", "name: hello", "name: hello-all") }),
        FirstMistake(
            "The toolchain is misspelt", says: "there is no such toolchain",
            make: {
                try $0.hello()
                try $0.edit("tiny", "tinny")
            },
            follow: { try $0.edit("tinny", try $1.meant()) }),
        FirstMistake(
            "The toolchain has no lock", says: "there is no", "toolchain.lock.yaml",
            make: {
                try $0.hello()
                try $0.type("rm Toolchains/tiny/toolchain.lock.yaml")
            },
            follow: { try $0.type(try $1.command("belljar toolchain lock")) }),
    ]

    private static let commandLine: [FirstMistake] = [
        FirstMistake(
            "A command is misspelt", ["biuld", "hello"], says: "there is no command `belljar biuld`",
            make: { try $0.hello() }, then: { [try $0.meant(), "hello"] }),
        FirstMistake(
            "A topic of help is misspelt", ["help", "recipies"], says: "no topic of help",
            make: { try $0.hello() }, then: { ["help", try $0.meant()] }),
        FirstMistake(
            "An option is misspelt", ["build", "--outptu", "out"], says: "unknown option '--outptu'",
            make: { try $0.hello() }, then: { ["build", try $0.between("did you mean '", "'?"), "out"] }),
        FirstMistake(
            "A recipe is misspelt", ["build", "helo"], says: "the project has no recipe of that name",
            make: { try $0.hello() }, then: { ["build", try $0.meant()] }),
        FirstMistake(
            "A path in place of a recipe's name", ["build", "Recipes/hello/recipe.yaml"],
            says: "the project has no recipe of that name",
            make: { try $0.hello() }, then: { ["build", try $0.meant()] }),
        FirstMistake(
            "A recipe that was never built", ["show", "hello"],
            says: "the store has no record of this project's recipe",
            make: { try $0.hello() }, follow: { try $0.type(try $1.command("belljar build")) }),
        FirstMistake(
            "A record is misspelt", ["log", "helo"], says: "no record in the store has this name",
            make: {
                try $0.hello()
                try $0.type("belljar build hello")
            }, then: { ["log", try $0.meant()] }),
        FirstMistake(
            "A step is misspelt", ["log", "hello", "--step", "biuld"], says: "the record has no such step",
            make: {
                try $0.hello()
                try $0.type("belljar build hello")
            }, then: { ["log", "hello", "--step", try $0.between("its steps are: ", "\n")] }),
        FirstMistake(
            "A control is misspelt", ["build", "hello", "--control", "clok=real"], says: "there is no control \"clok\"",
            make: { try $0.hello() }, then: { ["build", "hello", "--control", "\(try $0.meant())=real"] }),
        FirstMistake(
            "A control has no such state", ["build", "hello", "--control", "clock=host"],
            says: "clock \"host\" is not one of its states: frozen, real",
            make: { try $0.hello() },
            then: { ["build", "hello", "--control", try $0.between("for example --control ", "\n")] }),
        FirstMistake(
            "There is no project", ["build", "--project", "home"], says: "`belljar init`",
            make: { try $0.write("home/hello.sh", "echo hello\n") },
            follow: { project, said in
                // Without apt's lists, which this test does not have.
                try project.type(
                    "cd home && \(try said.command("belljar init")) --no-lock --suite bookworm --template shell")
            }, then: { _ in ["list", "--project", "home"] }),
        FirstMistake(
            "`run` without a command", ["run", "-t", "tiny"], says: "no command was given",
            make: { try $0.hello() },
            then: { said in
                let words = try said.between("remedy: belljar ", " COMMAND").split(separator: " ").map(String.init)
                return words + ["true"]
            }),
        FirstMistake(
            "The store is misspelt", ["records", "--store", "stoer"], says: "there is no such folder", "--store",
            make: { try $0.hello() }, then: { _ in ["records", "--store", "store"] }),
        FirstMistake(
            "A file of one's own is in the way", ["build", "hello", "-o", "out"], says: "choose another folder",
            make: {
                try $0.hello()
                try $0.write("out/hello", "mine\n")
            }, then: { _ in ["build", "hello", "-o", "elsewhere"] }),
        FirstMistake(
            "Another file is verified", ["verify", "other", "hello"], code: 6,
            says: "no output of the record has its digest",
            make: {
                try $0.hello()
                try $0.write("other", "other\n")
                try $0.type("belljar build hello -o out")
            },
            follow: { project, said in
                guard try project.type(try said.command("belljar show") + " | grep -o hello.*").contains("hello") else {
                    throw Said.Unsaid(description: "the output is not listed")
                }
            }, then: { _ in ["verify", "out/hello/hello", "hello"] }),
    ]
}
