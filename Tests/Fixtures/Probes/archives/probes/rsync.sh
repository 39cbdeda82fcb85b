# rsync and cp -a keep times, and copy nothing twice.
. "$(dirname "$0")/../tree.sh"
rsync -a tree/ copy/; rsync -ai tree/ copy/ | wc -l; cp -a tree twin; rsync -ain tree/ twin/
stat -c '%n %y' copy/* twin/*; touch tree/zeta; rsync -ai tree/ copy/
