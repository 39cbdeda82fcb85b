# Compiles every class in probes/ and runs it.
. ./probe.sh
mkdir classes
javac -d classes probes/*.java
for source in probes/*.java; do
    class=${source#probes/}
    class=${class%.java}
    name=$(echo "$class" | tr '[:upper:]' '[:lower:]')
    case $class in
    Open*) open_probe "${name#open}" java -cp "$PWD/classes" "$class" ;;
    *) probe "$name" java -cp "$PWD/classes" "$class" ;;
    esac
done
# What the JDK's own tools write.
probe jar sh -c 'jar -c -f classes.jar -C '"$PWD"'/classes .; jar --create --file dated.jar --date 2020-01-01T00:00:00Z -C '"$PWD"'/classes .
    sha256sum ./*.jar '"$PWD"'/classes/*.class; unzip -Zv classes.jar | grep -E "last modified|^Central" | head -n 8'
probe javadoc sh -c 'javadoc -quiet -d doc '"$PWD"'/probes/Randoms.java 2>&1; find doc -name "*.html" | sort | xargs sha256sum'
probe signature sh -c 'keytool -genkeypair -alias a -keyalg EC -storepass changeit -keystore keys -dname CN=probe -validity 9 2>&1; sha256sum keys
    jar -cf a.jar -C '"$PWD"'/classes .; jarsigner -keystore keys -storepass changeit a.jar a >log 2>&1; grep -c signed log; sha256sum a.jar'
