# Modules of CPython's test suite, each in an interpreter of its own. UDP-Lite is left out: kernels without it crash its tests.
exec 2>&1
modules='test_asyncio test_calendar test_datetime test_dbm_dumb test_email test_fcntl test_file test_fileio test_fileinput test_filecmp
test_ftplib test_glob test_grp test_gzip test_httpservers test_import test_importlib test_io test_largefile test_logging test_mailbox
test_mmap test_netrc test_ntpath test_os test_pathlib test_poll test_popen test_posix test_posixpath test_pty test_pwd test_py_compile
test_queue test_random test_resource test_sched test_secrets test_select test_selectors test_shelve test_shutil test_signal
test_site test_socket test_socketserver test_stat test_subprocess test_support test_tarfile test_tempfile
test_threading test_threadsignals test_thread test_time test_timeout test_uuid test_wait3 test_wait4 test_zipapp test_zipfile
test_zipimport test_compileall test_openpty test_ioctl test_eintr'
# The library is copied, because some tests write into it.
mkdir -p work xml python/lib
cp -r /usr/lib/python3.11 python/lib/
export PYTHONHOME=$PWD/python
cd work
for module in $modules; do
    echo "==== $module"
    # What fails in a subtest has no line of its own in the file, and what ends in the middle writes none: a line for the module.
    word=pass
    timeout 900 python3 -m test --timeout 840 --ignore '*UDPLITE*' --junit-xml "/build/xml/$module.xml" "$module" </dev/null || word=fail
    echo "$word module $module" >>../modules
done
cd ..
python3 - >"$OUT/results" <<'PYTHON'
import pathlib, sys, xml.etree.ElementTree as tree

results = dict(reversed(line.split(" ", 1)) for line in pathlib.Path("modules").read_text().splitlines())
for file in sorted(pathlib.Path("xml").glob("*.xml")):
    for case in tree.parse(file).iter("testcase"):
        kinds = {child.tag for child in case}
        word = "fail" if kinds & {"failure", "error"} else "skip" if "skipped" in kinds or case.get("result") == "skipped" else "pass"
        for child in case:
            if child.tag in ("failure", "error"):
                print("====", case.get("name"), child.text or child.attrib, file=sys.stderr)
        name = (case.get("classname", "") + " " + case.get("name", "")).strip().replace("\n", " ")
        worst = {"pass": 0, "skip": 1, "fail": 2}
        results[name] = max(results.get(name, "pass"), word, key=worst.get)
for name, word in sorted(results.items()):
    print(word, name)
PYTHON
