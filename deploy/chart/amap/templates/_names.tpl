{{/* Labels of an object; the argument is a list of the root and the component ("" for none). */}}
{{- define "amap.labels" -}}
{{- $root := index . 0 -}}
{{- $component := index . 1 -}}
{{- if $component -}}
{{ include "amap.selector" $component }}
{{ end -}}
app.kubernetes.io/part-of: amap
app.kubernetes.io/managed-by: {{ $root.Release.Service }}
app.kubernetes.io/version: {{ $root.Chart.AppVersion | quote }}
helm.sh/chart: {{ printf "%s-%s" $root.Chart.Name $root.Chart.Version }}
{{- end }}

{{/* What a Service, a Deployment or a NetworkPolicy finds a component's Pods by. */}}
{{- define "amap.selector" -}}
app.kubernetes.io/name: amap
app.kubernetes.io/component: {{ . }}
{{- end }}

{{- define "amap.podLabels" -}}
{{ include "amap.selector" . }}
app.kubernetes.io/part-of: amap
{{- end }}

{{/* The image; a digest wins over the tag. */}}
{{- define "amap.image" -}}
{{- $repository := required "image.repository: set it to where the image of deploy/image/Dockerfile was pushed" .Values.image.repository -}}
{{- if .Values.image.digest -}}
{{ $repository }}@{{ .Values.image.digest }}
{{- else -}}
{{ $repository }}:{{ .Values.image.tag | default .Chart.AppVersion }}
{{- end -}}
{{- end }}

{{/* Values that fit each by itself and not together. */}}
{{- define "amap.checkValues" -}}
{{- if and (eq .Values.store.kind "sqlite") (gt (int .Values.controller.replicas) 1) -}}
{{- fail (printf "store.kind is sqlite and controller.replicas is %d: SQLite is one file of one node. Set controller.replicas=1, or store.kind=postgres with store.existingSecret" (int .Values.controller.replicas)) -}}
{{- end -}}
{{- if and (eq .Values.store.kind "postgres") (not .Values.store.existingSecret) -}}
{{- fail "store.kind is postgres and store.existingSecret is empty: name the Secret that holds the address of the database" -}}
{{- end -}}
{{- end }}
