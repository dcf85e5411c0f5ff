// Lints a chart and renders it, by the packages of Helm, as `helm lint --strict` and `helm template` do. Its program
// takes long to build.
//
// usage: chart FOLDER NAMESPACE [NAME=VALUE]... -> a list of objects in JSON for the chart with these values
package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"

	"helm.sh/helm/v4/pkg/chart/common"
	"helm.sh/helm/v4/pkg/chart/common/util"
	"helm.sh/helm/v4/pkg/chart/loader"
	"helm.sh/helm/v4/pkg/chart/v2/lint"
	"helm.sh/helm/v4/pkg/chart/v2/lint/support"
	"helm.sh/helm/v4/pkg/engine"
	"helm.sh/helm/v4/pkg/strvals"
	"sigs.k8s.io/yaml"
)

var border = regexp.MustCompile(`(?m)^---$`)

func main() {
	objects, err := render(os.Args[1], os.Args[2], os.Args[3:])
	if err == nil {
		err = json.NewEncoder(os.Stdout).Encode(objects)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func render(folder, namespace string, settings []string) ([]map[string]any, error) {
	given := map[string]any{}
	for _, setting := range settings {
		if err := strvals.ParseInto(setting, given); err != nil {
			return nil, err
		}
	}
	var wrong []error
	for _, message := range lint.RunAll(folder, given, namespace).Messages {
		if message.Severity >= support.WarningSev {
			wrong = append(wrong, message)
		}
	}
	if len(wrong) > 0 {
		return nil, errors.Join(wrong...)
	}
	chart, err := loader.Load(folder)
	if err != nil {
		return nil, err
	}
	release := common.ReleaseOptions{Name: filepath.Base(namespace), Namespace: namespace, Revision: 1, IsInstall: true}
	values, err := util.ToRenderValues(chart, given, release, common.DefaultCapabilities)
	if err != nil {
		return nil, err
	}
	files, err := engine.Render(chart, values)
	if err != nil {
		return nil, err
	}
	objects := []map[string]any{}
	for name, text := range files {
		for _, document := range border.Split(text, -1) {
			object := map[string]any{}
			if err := yaml.UnmarshalStrict([]byte(document), &object); err != nil {
				return nil, fmt.Errorf("%s: %w", name, err)
			}
			if len(object) > 0 {
				objects = append(objects, object)
			}
		}
	}
	return objects, nil
}
