// Runs a Jenkinsfile with the Groovy that Jenkins has, against the syntax of declarative pipelines, and prints what its sh steps
// would run, with NUL between them. usage: declarative.groovy JENKINSFILE
def text = { String name -> [name] as Set }
def steps = ['sh', 'archiveArtifacts', 'script', 'milestone', 'credentials', 'checkout', 'echo', 'input', 'timeout',
             'dir', 'deleteDir', 'stash', 'unstash', 'withCredentials', 'gitUsernamePassword'] as Set
def options = ['timeout', 'lock', 'buildDiscarder', 'logRotator', 'disableConcurrentBuilds', 'skipDefaultCheckout'] as Set
def docker = ['image', 'args', 'label', 'reuseNode', 'registryUrl', 'alwaysPull'] as Set
/** Directives by where they stand; a map says what may stand inside, a set which calls there are. */
def agent = [docker: docker, label: text('label'), node: text('label')]
def post = [always: steps, success: steps, failure: steps, cleanup: steps]
def stage = [agent: agent, options: options, environment: [] as Set, when: ['branch', 'beforeAgent', 'beforeInput', 'beforeOptions', 'changeRequest', 'expression'] as Set,
             input: ['message', 'ok', 'submitter'] as Set, steps: steps, post: post]
stage.stages = [stage: stage]
stage.parallel = [stage: stage]
def pipeline = [agent: agent, options: options, parameters: ['string', 'choice', 'booleanParam'] as Set, environment: [] as Set, triggers: ['cron', 'pollSCM'] as Set, stages: [stage: stage], post: post]

class Block {
    String place
    Object allowed
    List seen = []
    List<String> scripts
    /** What `env` has at this place. */
    Map variables
    Map<String, Block> blocks = [:]

    def methodMissing(String name, args) {
        def inside = allowed instanceof Map ? allowed[name] : null
        if (!(allowed instanceof Map ? allowed.containsKey(name) : allowed.contains(name)))
            throw new IllegalStateException("\"$name\" cannot stand in $place (${allowed instanceof Map ? allowed.keySet() : allowed})")
        def again = name == 'stage' || !(allowed instanceof Map)
        if (seen.contains(name) && !again) throw new IllegalStateException("\"$name\" stands twice in $place")
        seen << name
        def body = args && args[-1] instanceof Closure ? args[-1] : null
        if (name == 'sh') {
            scripts << (args[0] instanceof Map ? args[0].script : args[0]).toString()
            return 'printed'
        }
        if (body) {
            blocks[name] = new Block(place: "$place/$name", allowed: inside ?: allowed, scripts: scripts, variables: variables)
            blocks[name].run(body)
        }
        if (name == 'stage' && body == null) throw new IllegalStateException("a stage without a body in $place")
        return name
    }

    /** In an environment block, `NAME = value`; nowhere else. */
    void setProperty(String name, value) {
        if (metaClass.hasProperty(this, name) && name in ['place', 'allowed', 'seen', 'scripts', 'variables', 'blocks']) metaClass.setProperty(this, name, value)
        else if (place.endsWith('/environment')) variables[name] = value.toString()
        else throw new IllegalStateException("\"$name =\" cannot stand in $place")
    }

    def propertyMissing(String name) {
        if (name in ['none', 'scm']) return name
        if (name in ['env', 'params']) return variables
        throw new IllegalStateException("\"$name\" is nothing that $place knows")
    }

    def agent(String any) {
        if (!(any in ['none', 'any'])) throw new IllegalStateException("agent \"$any\"")
        seen << 'agent'
    }

    def credentials(String id) { "secret of $id" }

    def sh(Map step) { scripts << step.script.toString(); 'printed' }

    void run(Closure body) {
        body.delegate = this
        body.resolveStrategy = Closure.DELEGATE_ONLY
        body()
        def last = place.tokenize('/').last()
        def runs = seen.intersect(['steps', 'stages', 'parallel']).size()
        if (last == 'stage' && runs != 1) throw new IllegalStateException("$place needs one of steps, stages and parallel, not $runs")
        // Options come first otherwise: a stage that is left out has taken its lock before.
        if (last == 'stage' && blocks.options && blocks.when && !blocks.when.seen.contains('beforeOptions'))
            throw new IllegalStateException("$place has options, and a when without beforeOptions")
        if (last == 'stage' && blocks.input && blocks.options?.seen?.contains('lock')) throw new IllegalStateException("$place holds its lock while it asks")
        if (last == 'pipeline' && !seen.containsAll(['agent', 'stages'])) throw new IllegalStateException("$place needs agent and stages")
        if (last == 'docker' && !seen.contains('image')) throw new IllegalStateException("$place needs an image")
        if (last in ['steps', 'stages'] && seen.isEmpty()) throw new IllegalStateException("$place is empty")
    }
}

def scripts = []
def variables = [BUILD_TAG: 'jenkins-shop-main-1', WORKSPACE: '/workspace', REGISTRY: 'registry.example.com/team']
def binding = new Binding()
binding.pipeline = { Closure body -> new Block(place: 'pipeline', allowed: pipeline, scripts: scripts, variables: variables).run(body) }
new GroovyShell(binding).evaluate(new File(args[0]))
print scripts.join('\0')
