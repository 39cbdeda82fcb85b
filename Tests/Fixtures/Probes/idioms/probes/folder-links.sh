# A folder's link count is 1 or 2 and its folders, so that find finds all of them without -noleaf.
mkdir -p d/one/two d/three d/four/five/six
touch d/one/file d/four/five/file
find d -type d -printf '%p %n\n' | while read -r path links; do
    count=$(find "$path" -mindepth 1 -maxdepth 1 -type d | wc -l)
    [ "$links" -eq 1 ] || [ "$links" -eq $((count + 2)) ] || echo "bad: $path has $links links and $count folders"
done
[ "$(find d | wc -l)" -eq "$(find d -noleaf | wc -l)" ] || echo "bad: -noleaf"
find /usr/share -maxdepth 1 -type d | wc -l | { read -r n; [ "$n" -gt 5 ] || echo "bad: $n folders"; }
echo ok
