// Builds kustomizations as kubectl does and takes each object as an API server would: unknown fields are refused, defaults
// are filled in, the server's own validation runs, and pods must be allowed by the Pod Security level "restricted".
//
// usage: manifests FOLDER... -> one JSON object, with a list of objects for each folder
package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"

	monitoring "github.com/prometheus-operator/prometheus-operator/pkg/apis/monitoring/v1"
	alerting "github.com/prometheus-operator/prometheus-operator/pkg/apis/monitoring/v1alpha1"
	apps "k8s.io/api/apps/v1"
	batch "k8s.io/api/batch/v1"
	core "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/runtime/serializer"
	"k8s.io/apimachinery/pkg/util/validation/field"
	"k8s.io/apiserver/pkg/endpoints/request"
	"k8s.io/apiserver/pkg/registry/rest"
	"k8s.io/kubernetes/pkg/api/legacyscheme"
	_ "k8s.io/kubernetes/pkg/apis/apps/install"
	_ "k8s.io/kubernetes/pkg/apis/autoscaling/install"
	_ "k8s.io/kubernetes/pkg/apis/batch/install"
	coreinternal "k8s.io/kubernetes/pkg/apis/core"
	_ "k8s.io/kubernetes/pkg/apis/core/install"
	_ "k8s.io/kubernetes/pkg/apis/networking/install"
	_ "k8s.io/kubernetes/pkg/apis/policy/install"
	"k8s.io/kubernetes/pkg/registry/apps/deployment"
	"k8s.io/kubernetes/pkg/registry/apps/statefulset"
	"k8s.io/kubernetes/pkg/registry/autoscaling/horizontalpodautoscaler"
	"k8s.io/kubernetes/pkg/registry/batch/cronjob"
	"k8s.io/kubernetes/pkg/registry/batch/job"
	"k8s.io/kubernetes/pkg/registry/core/configmap"
	"k8s.io/kubernetes/pkg/registry/core/namespace"
	"k8s.io/kubernetes/pkg/registry/core/persistentvolumeclaim"
	"k8s.io/kubernetes/pkg/registry/core/service"
	"k8s.io/kubernetes/pkg/registry/core/serviceaccount"
	"k8s.io/kubernetes/pkg/registry/networking/ingress"
	"k8s.io/kubernetes/pkg/registry/networking/networkpolicy"
	"k8s.io/kubernetes/pkg/registry/policy/poddisruptionbudget"
	"k8s.io/pod-security-admission/api"
	"k8s.io/pod-security-admission/policy"
	gateway "sigs.k8s.io/gateway-api/apis/v1"
	strictjson "sigs.k8s.io/json"
	"sigs.k8s.io/kustomize/api/krusty"
	"sigs.k8s.io/kustomize/kyaml/filesys"
)

var strategies = map[string]rest.RESTCreateStrategy{
	"ConfigMap":               configmap.Strategy,
	"CronJob":                 cronjob.Strategy,
	"Deployment":              deployment.Strategy,
	"HorizontalPodAutoscaler": horizontalpodautoscaler.Strategy,
	"Ingress":                 ingress.Strategy,
	"Job":                     job.Strategy,
	"Namespace":               namespace.Strategy,
	"NetworkPolicy":           networkpolicy.Strategy,
	"PersistentVolumeClaim":   persistentvolumeclaim.Strategy,
	"PodDisruptionBudget":     poddisruptionbudget.Strategy,
	"Service":                 service.Strategy,
	"ServiceAccount":          serviceaccount.Strategy,
	"StatefulSet":             statefulset.Strategy,
}

// What is not part of Kubernetes itself is held against the types of its own project.
var custom = map[string]func() any{
	"AlertmanagerConfig": func() any { return &alerting.AlertmanagerConfig{} },
	"HTTPRoute":          func() any { return &gateway.HTTPRoute{} },
	"PrometheusRule":     func() any { return &monitoring.PrometheusRule{} },
	"ServiceMonitor":     func() any { return &monitoring.ServiceMonitor{} },
}

func main() {
	built := map[string][]json.RawMessage{}
	failed := false
	for _, folder := range os.Args[1:] {
		objects, err := krusty.MakeKustomizer(krusty.MakeDefaultOptions()).Run(filesys.MakeFsOnDisk(), folder)
		if err != nil {
			fmt.Fprintf(os.Stderr, "%s: %v\n", folder, err)
			os.Exit(1)
		}
		for _, object := range objects.Resources() {
			text, err := object.MarshalJSON()
			if err == nil {
				err = check(object.GetKind(), text)
			}
			if err != nil {
				fmt.Fprintf(os.Stderr, "%s: %s %s: %v\n", folder, object.GetKind(), object.GetName(), err)
				failed = true
			}
			built[folder] = append(built[folder], text)
		}
	}
	if failed {
		os.Exit(1)
	}
	if err := json.NewEncoder(os.Stdout).Encode(built); err != nil {
		panic(err)
	}
}

func check(kind string, text []byte) error {
	if make, ok := custom[kind]; ok {
		// Unlike the decoder of Go, it tells apiURL from apiUrl.
		unknown, err := strictjson.UnmarshalStrict(text, make())
		return errors.Join(append(unknown, err)...)
	}
	strategy, ok := strategies[kind]
	if !ok {
		return errors.New("is of a kind that nothing checks")
	}
	decoder := serializer.NewCodecFactory(legacyscheme.Scheme, serializer.EnableStrict).UniversalDeserializer()
	object, _, err := decoder.Decode(text, nil, nil)
	if err != nil {
		return err
	}
	if err := allowed(object); err != nil {
		return err
	}
	return created(strategy, object)
}

// What the server does with an object before it keeps it.
func created(strategy rest.RESTCreateStrategy, object runtime.Object) error {
	kind := object.GetObjectKind().GroupVersionKind()
	legacyscheme.Scheme.Default(object)
	internal, err := legacyscheme.Scheme.ConvertToVersion(object, schema.GroupVersion{Group: kind.Group, Version: runtime.APIVersionInternal})
	if err != nil {
		return err
	}
	meta := internal.(metav1.Object)
	rest.FillObjectMetaSystemFields(meta)
	// The storage of services does this itself.
	if service, ok := internal.(*coreinternal.Service); ok && service.Spec.ClusterIP != "" {
		service.Spec.ClusterIPs = []string{service.Spec.ClusterIP}
	}
	info := &request.RequestInfo{APIGroup: kind.Group, APIVersion: kind.Version, Verb: "create"}
	ctx := request.WithRequestInfo(request.WithNamespace(context.Background(), meta.GetNamespace()), info)
	return rest.BeforeCreate(strategy, ctx, internal)
}

func allowed(object runtime.Object) error {
	var pod *core.PodTemplateSpec
	switch it := object.(type) {
	case *apps.Deployment:
		pod = &it.Spec.Template
	case *apps.StatefulSet:
		pod = &it.Spec.Template
	case *batch.CronJob:
		pod = &it.Spec.JobTemplate.Spec.Template
	case *batch.Job:
		pod = &it.Spec.Template
	default:
		return nil
	}
	evaluator, err := policy.NewEvaluator(policy.DefaultChecks(), nil)
	if err != nil {
		return err
	}
	level := api.LevelVersion{Level: api.LevelRestricted, Version: api.LatestVersion()}
	result := policy.AggregateCheckResults(evaluator.EvaluatePod(level, &pod.ObjectMeta, &pod.Spec))
	if !result.Allowed {
		return field.Forbidden(field.NewPath("spec", "template"), result.ForbiddenDetail())
	}
	return nil
}
