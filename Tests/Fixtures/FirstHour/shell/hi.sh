#!/bin/sh
echo hi from shell
